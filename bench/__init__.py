"""`make bench`: how fast and how large the site is, as ratios to floors measured beside it.

`floors.py` is what Flask and PostgreSQL alone cost here; `watched.py` is the site with a stopwatch
around the processor's call; `client.py` sends; `visitors.py` prepares what is sent; `series.py` goes
round; `report.py` and `drawing.py` tell.
"""
