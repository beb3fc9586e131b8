"""What the hosted page says, in English and Russian."""

from __future__ import annotations

from .store import Json

EN: dict[str, str] = {
    "title": "Pay {amount}",
    "notice_title": "This is a stand-in for trying and testing.",
    "notice": "No real money moves here, and no card data is wanted."
    " Never type a real card number.",
    "to_pay": "To pay",
    "cards_title": "Test cards",
    "cards_help": "Use one of these test cards. Following one fills in its number.",
    "card": "Test card number",
    "card_hint": "Only the numbers listed here are taken. Spaces do not matter.",
    "email": "E-mail (optional)",
    "email_hint": "Nothing is sent to it from here.",
    "pay": "Pay {amount}",
    "back": "Back without paying",
    "succeeds": "is paid at once",
    "declined": "is declined",
    "insufficient": "is declined: not enough money",
    "asks": "asks you to confirm first",
    "debit_succeeds": "bank debit, is paid days later",
    "debit_fails": "bank debit, fails days later",
    "error_title": "Not paid",
    "error_card_unknown": "This is none of the test cards. Please use one of those listed below.",
    "error_card_empty": "Please choose one of the test cards below.",
    "error_email": "This does not look like an e-mail address. Correct it or leave it empty.",
    "error_no_debit": "There is no bank debit in this currency. Please use a test card.",
    "error_generic_decline": "The card was declined. Please try another one.",
    "error_insufficient_funds": "There is not enough money on the card. Please try another one.",
    "error_payment_intent_authentication_failure": "You did not confirm the payment."
    " Please try again or use another card.",
    "ask_title": "Confirm the payment",
    "ask": "This page plays the part of your bank. It wants to know whether you really mean to pay"
    " {amount}.",
    "approve": "Yes, I confirm",
    "refuse": "No, I refuse",
    "expired_title": "This payment page has expired",
    "expired": "Nothing was paid. Go back and start again.",
    "back_to_site": "Back to the site",
    "complete_title": "This is paid already",
    "complete": "There is nothing more to pay here.",
    "missing_title": "No such payment page",
    "missing": "The address is wrong, or the stand-in has been reset since.",
}
RU: dict[str, str] = {
    "title": "Оплатить {amount}",
    "notice_title": "Это имитация для проб и проверок.",
    "notice": "Настоящие деньги здесь не движутся, данные карт не нужны."
    " Никогда не вводите номер настоящей карты.",
    "to_pay": "К оплате",
    "cards_title": "Тестовые карты",
    "cards_help": "Возьмите одну из этих тестовых карт. Ссылка подставит её номер.",
    "card": "Номер тестовой карты",
    "card_hint": "Принимаются только номера из этого списка. Пробелы не важны.",
    "email": "Эл. почта (необязательно)",
    "email_hint": "Отсюда на неё ничего не отправляется.",
    "pay": "Оплатить {amount}",
    "back": "Вернуться без оплаты",
    "succeeds": "оплата проходит сразу",
    "declined": "отклоняется",
    "insufficient": "отклоняется: не хватает денег",
    "asks": "сначала просит подтверждения",
    "debit_succeeds": "списание со счёта, деньги придут через несколько дней",
    "debit_fails": "списание со счёта, через несколько дней не пройдёт",
    "error_title": "Не оплачено",
    "error_card_unknown": "Это не тестовая карта. Возьмите одну из карт ниже.",
    "error_card_empty": "Выберите одну из тестовых карт ниже.",
    "error_email": "Это не похоже на адрес эл. почты. Исправьте его или оставьте поле пустым.",
    "error_no_debit": "В этой валюте нет списания со счёта. Возьмите тестовую карту.",
    "error_generic_decline": "Карта отклонена. Попробуйте другую.",
    "error_insufficient_funds": "На карте не хватает денег. Попробуйте другую.",
    "error_payment_intent_authentication_failure": "Вы не подтвердили платёж."
    " Попробуйте ещё раз или возьмите другую карту.",
    "ask_title": "Подтвердите платёж",
    "ask": "Эта страница играет роль вашего банка. Он хочет знать, действительно ли вы платите"
    " {amount}.",
    "approve": "Да, подтверждаю",
    "refuse": "Нет, отказываюсь",
    "expired_title": "Срок этой страницы оплаты истёк",
    "expired": "Ничего не оплачено. Вернитесь и начните снова.",
    "back_to_site": "Вернуться на сайт",
    "complete_title": "Это уже оплачено",
    "complete": "Здесь больше нечего оплачивать.",
    "missing_title": "Такой страницы оплаты нет",
    "missing": "Адрес неверен, или имитацию с тех пор очистили.",
}


def choose(session: Json | None, accepted: str | None) -> tuple[str, dict[str, str]]:
    """The page's language and words: the session's locale, and the browser's wish when it is open
    (Stripe does the same when the locale is absent or `auto`). `accepted` is the best match of
    Accept-Language.
    """
    locale = (session or {}).get("locale") or "auto"
    language = accepted or "en" if locale == "auto" else locale
    return ("ru", RU) if language == "ru" else ("en", EN)
