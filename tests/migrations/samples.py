"""Rows for every revision's tables, as a running site would have them, in plain SQL.

Plain, because the models of today do not fit the tables of yesterday. A new revision adds its own.
"""

SAMPLES: dict[str, str] = {
    "0001": """
        INSERT INTO donation (id, reference, link_version, token_digest, content_digest,
            amount_minor, fee_cover_minor, currency, frequency, fund, locale, email_sealed,
            email_index, email_kept_from_staff, public_name, message, created_at)
        VALUES (ID, 'D-0000-0001', 1, 'token', 'content', 1999, 0, 'EUR', 'once', 'general', 'en',
            'sealed', 'index', false, 'Vera', 'Hello', now());
        INSERT INTO payment_attempt (id, gateway, livemode, purpose_type, purpose_id, amount_minor,
            currency, state, provider_ref, redirect_url, failure, created_at, expires_at)
        VALUES (ID, 'stripe', false, 'donation', ID, 1999, 'EUR', 'succeeded', 'cs_1', '', '',
            now(), now());
        INSERT INTO payment (id, attempt_id, gateway, livemode, charge_ref, amount_minor, currency,
            received_at)
        VALUES (ID, ID, 'stripe', false, 'ch_1', 1999, 'EUR', now());
        INSERT INTO provider_call (id, idempotency_key, attempt_id, operation, request_hash, result,
            error, started_at)
        VALUES (ID, 'checkout-1', ID, 'create_checkout', 'hash', 'succeeded', '', now());
        INSERT INTO inbox_event (id, gateway, livemode, event_id, type, kind, ref, state,
            occurred_at, received_at)
        VALUES (ID, 'stripe', false, 'evt_1', 'checkout.session.completed', 'checkout', 'cs_1',
            'done', now(), now());
        INSERT INTO mail_message (id, kind, subject_id, locale, state, tries, last_error, created_at)
        VALUES (ID, 'donation_receipt', '1', 'en', 'sent', 1, '', now());
        WITH entry AS (
            INSERT INTO journal_entry (source_type, source_id, kind, gateway, booked_at)
            VALUES ('payment', '1', 'received', 'stripe', now()) RETURNING id
        )
        INSERT INTO journal_line (entry_id, account, amount_minor, currency)
        SELECT entry.id, line.* FROM entry,
            (VALUES ('clearing', 1999, 'EUR'), ('donation_income', -1999, 'EUR')) AS line;
        SELECT audit_append(ARRAY[jsonb_build_object(
            'at', '2026-11-22', 'actor', 'system', 'action', 'test', 'subject', 'test')::text]);
        INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'mail.send');
    """,
    "0002": """
        INSERT INTO staff_account (id, email, name, password_hash, roles, created_at)
        VALUES (ID, 'a@example.org', 'A', 'hash', '{finance}', now());
        INSERT INTO staff_session (id, token_digest, account_id, created_at, last_seen_at,
            authenticated_at)
        VALUES (ID, 'digest', ID, now(), now(), now());
        INSERT INTO sign_in_throttle VALUES ('bucket', now(), 1);
    """,
    "0003": """
        INSERT INTO organization (id, slug, role, state, name, description, country, city, kind,
            website, joined_on)
        VALUES (ID, 'a', 'founder', 'active', '{}', '{}', 'DE', '{}', 'ngo', 'https://example.org',
            current_date);
        INSERT INTO product (id, slug, state, position, name, description, price_minor, currency,
            sizes)
        VALUES (ID, 'a', 'draft', 1, '{}', '{}', 500, 'EUR', '{}');
    """,
}


def statements(revision: str) -> str:
    """The revision's statements, with one id for all rows."""
    return SAMPLES[revision].replace("ID", "'00000000-0000-4000-8000-000000000001'")
