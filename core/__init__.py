"""Database, money, states, audit trail, jobs, mail, links, forms, clock: no business."""
