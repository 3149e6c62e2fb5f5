"""R-04: digits, dots and signs that honest people write are explained before they count as contact data, in every language."""

import pytest

from ombud_detection import Kind, ThreadMessage, inspect, inspect_thread, inspect_with_files

pytestmark = pytest.mark.rule("R-04")

MARKETS = {"lv": "lv", "pt": "pt", "es": "es", "de": "de", "ru": "ru", "en": "uk", "pl": "pl", "zh": "cn"}


def kinds(text: str, language: str, market: str | None = None) -> set[Kind]:
    return {f.kind for f in inspect(text, language=language, market=market or MARKETS[language])}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Pasūtīju 20261128 un saņēmu 20261201", "lv"),
        ("Ražots 25082026", "lv"),
        ("Manufactured 20250815, expires 20280815", "lv"),
        ("Haltbar bis 28 11 2027, Charge 15 08 2025", "de"),
        ("Urlaub 22.-29.11.2026, davor 01.11.26-08.11.26", "de"),
        ("Gültig vom 1. 12. 2026 bis 24. 12. 2026", "de"),
        ("from 22.11.26-29.11.26", "lv"),
        ("Pagos: 01/12 01/01 01/02 01/03", "es"),
        ("Lieferung 26.11. 27.11. 28.11.", "de"),
        ("Снято 20261128 в 12:33", "ru"),
        ("Zrobione 20261128", "pl"),
        ("Comprado em 28 11 2026", "pt"),
    ],
)
def test_a_date_is_not_a_number_to_ring(text: str, language: str) -> None:
    assert kinds(text, language) == set()
    assert kinds(text, language, "lv") == set()


@pytest.mark.parametrize(
    "name",
    [
        "20261128_123355.jpg",
        "20261128_123355(0).jpg",
        "IMG_20261128_123355.jpg",
        "PXL_20261128_123355678.MP.jpg",
        "VID-20261128-WA0003.mp4",
        "IMG-20261128-WA0003.jpg",
        "Screenshot_20261128-123355_WhatsApp.jpg",
        "Screenshot_20261128_123355_Telegram.jpg",
        "WhatsApp Image 2026-11-28 at 12.33.55.jpeg",
        "signal-2026-11-28-123355.jpg",
        "photo_2026-11-28_12-33-55.jpg",
        "FB_IMG_1732791235123.jpg",
        "mmexport1732791235123.jpg",
        "DSC_0261.JPG",
        "DSCN26123.JPG",
        "Scan_28112026.pdf",
        "Scan 2026-11-28 12.33.55.pdf",
        "SKM_C25826112812330.pdf",
        "lv_0_20261128123355.mp4",
        "Zrzut ekranu 2026-11-28 123355.png",
    ],
)
@pytest.mark.parametrize("market", ["lv", "de", "es", "pl", "pt", "ru", "uk", "cn"])
def test_a_name_that_a_device_gives_to_a_file_holds_no_number(name: str, market: str) -> None:
    assert not inspect(f"See {name}, please", language=None, market=market)
    assert not inspect_with_files(ThreadMessage("buyer", "The dent", (name,)), language=None, market=market).leak


@pytest.mark.parametrize(
    ("text", "language", "market"),
    [
        ("Sizes 26 27 28 29 available?", "en", "lv"),
        ("Bands 1 3 7 8 20 28 32 38 40 41 are supported", "en", "de"),
        ("Pages 21 22 23 24 25 26 are missing from the book", "en", "lv"),
        ("Serials 1001 1002 1003 1004 1005", "en", "uk"),
        ("Brakuje stron 60 61 62 63 64", "pl", "pl"),
        ("Faltan los capítulos 61 62 63 64 65", "es", "es"),
        ("Há 91 92 93 94 95 no armazém", "pt", "pt"),
        ("Есть 36 38 40 42 44?", "ru", "lv"),
        ("36 38 40 42 44码有吗", "zh", "cn"),
        ("Kanäle 21 24 27 30 33 fehlen", "de", "de"),
        ("Maksājumi 24,75 24,75 24,75 24,75", "lv", "lv"),
        ("Film rolls 400 400 800 800 1600 1600", "en", "uk"),
    ],
)
def test_a_list_is_not_a_number(text: str, language: str, market: str) -> None:
    assert kinds(text, language, market) == set()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("MPN 26123456", "lv"),
        ("Rezerves daļa 26123456", "lv"),
        ("Filtrs 26 123 456 neder", "lv"),
        ("Nobraukums 26 123 456 impulsi", "lv"),
        ("Каталожный номер 26123456", "ru"),
        ("Фильтр 9161234567 не подошёл", "ru"),
        ("The disk has 07700 900 123 sectors", "en"),
        ("Der Luftfilter 0151 2345678 passt nicht", "de"),
        ("Auf dem Typenschild steht 0151 2345678", "de"),
        ("El termostato 612 345 678 no encaja", "es"),
        ("Según la etiqueta es 612 345 678", "es"),
        ("A bateria 912 345 678 não serve no aparelho", "pt"),
        ("Licznik pokazuje 601 234 567", "pl"),
        ("Numer katalogowy 601 234 567", "pl"),
        ("nr kat. 601234567", "pl"),
        ("Pasos: 612 345 678", "es"),
        ("滤芯13812345678装不上", "zh"),
        ("电表读数13812345678", "zh"),
    ],
)
def test_the_number_of_a_thing_is_not_a_number_to_ring(text: str, language: str) -> None:
    assert kinds(text, language) == set()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mans numurs 20261128", "lv"),
        ("zvani 26 27 28 29", "lv"),
        ("+371 20261128", "lv"),
        ("call 07700 900123 about the filter", "en"),
        ("Der Filter passt nicht, ruf an: 0151 23456789", "de"),
        ("La etiqueta no se lee, llámame al 612 345 678", "es"),
        ("два шесть один два три четыре пять шесть", "ru"),
        ("Detaļa der, zvaniet 26 123 456", "lv"),
        ("电话13812345678，滤芯还有", "zh"),
        ("29123456", "lv"),
        ("601 234 567", "pl"),
    ],
)
def test_a_number_that_somebody_is_asked_to_ring_is_found_whatever_else_explains_it(text: str, language: str) -> None:
    """INVARIANT: an explanation gives way to a call to ring, to a plus and to a disguise; otherwise every evasion would be "a part number"."""
    market = "lv" if language == "ru" else None
    assert Kind.PHONE in kinds(text, language, market)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It needs the ASP.NET runtime", "de"),
        ("The crash is in com.android.chrome", "de"),
        ("java.net.SocketException, then android.app.Activity closes", "en"),
        ("Paint.NET and Battle.net both open", "en"),
        ("Where is the .NET option", "en"),
        ("Cable rojo, p.ej.no el azul", "es"),
        ("z.B.am Rand, d.h.in der Ecke", "de"),
        ("fritz.box lädt nicht, auch http://fritz.box/login nicht", "de"),
        ("Otwieram routerlogin.net i nic", "pl"),
        ("打开miwifi.com没反应", "zh"),
        ("printer.local and nas.home.arpa answer", "en"),
        ("Quedamos en el punto de recogida", "es"),
    ],
)
def test_a_dotted_name_that_leads_nowhere_is_not_a_link(text: str, language: str) -> None:
    assert kinds(text, language) == set()


@pytest.mark.parametrize(
    "text",
    [
        "see fritzbox-shop.de",
        "asp.net/learn",
        "our site paint.net",
        "com.shop.lv",
        "gadgetbarn.net",
        "fritz.box.evil.com",
    ],
)
def test_a_real_host_stays_a_link(text: str) -> None:
    assert kinds(text, "en") == {Kind.URL}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Pick up @ 10am please", "de"),
        ("Abholung @ 18Uhr", "de"),
        ("Recogida @ 10h", "es"),
        ("Встреча @ 18ч", "ru"),
        ("驿站取件 @ 17点可以吗？", "zh"),
        ("Odbiór @17:30", "pl"),
        ("Savākšu @ 9.30 pakomātā", "lv"),
        ("Levantamento @17h30", "pt"),
        ("meet @Lidl, @gate4 or @home", "en"),
        ("2 @ 19.99each, 3 @ 15eur", "en"),
        ("@Support please look, @seller too", "en"),
        ("The Discord button does nothing", "en"),
        ("Der Discord-Knopf klemmt", "de"),
    ],
)
def test_a_time_a_place_or_a_price_after_an_at_is_not_an_account(text: str, language: str) -> None:
    assert kinds(text, language) == set()


@pytest.mark.parametrize("text", ["find me @jana_k", "message @janak", "@2fast4you on insta", "see you, @jana.k"])
def test_an_account_after_an_at_is_still_found(text: str) -> None:
    assert Kind.HANDLE in kinds(text, "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("When do I get the money back on my account?", "en"),
        ("Please return the second payment to my card", "en"),
        ("How long does a transfer to my account take?", "en"),
        ("Wann bekomme ich das Geld auf mein Konto zurück?", "de"),
        ("Wann kommt die Überweisung auf mein Konto?", "de"),
        ("¿Cuándo vuelve el dinero a mi cuenta?", "es"),
        ("¿Cuándo me hacen la transferencia a mi cuenta?", "es"),
        ("Quando volta o dinheiro para a minha conta?", "pt"),
        ("Kiedy pieniądze wrócą na moje konto?", "pl"),
        ("Kad es saņemšu naudu uz manu kontu?", "lv"),
        ("Когда вернутся деньги на мою карту?", "ru"),
        ("钱什么时候回到我的卡里？", "zh"),
    ],
)
def test_money_that_is_asked_back_is_not_a_call_to_pay(text: str, language: str) -> None:
    assert kinds(text, language) == set()


def test_a_better_price_beside_a_return_is_still_a_call_to_pay() -> None:
    """INVARIANT: the word "back" does not buy a call to pay elsewhere."""
    said = "Please pay to my account and I knock off 20, I send the change back"
    assert Kind.PAYMENT in kinds(said, "en")


def thread(*texts: str) -> list[ThreadMessage]:
    """Messages of two people; what begins with ">" is the other side's."""
    return [ThreadMessage("seller" if t.startswith(">") else "buyer", t.removeprefix(">")) for t in texts]


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("lv", ("> Nosauciet pakomāta kodu", "2844", "1907")),
        ("lv", ("> Izmēri?", "26", "27", "28", "29")),
        ("pl", ("> Proszę o numer przesyłki", "601", "447", "123")),
        ("de", ("> Bitte die Seriennummer durchgeben", "0151", "2345", "6789")),
        ("es", ("> Necesito el número de pedido", "612", "447", "123")),
        ("pt", ("> Indique o código do cacifo", "912", "447", "123")),
        ("ru", ("> Назовите номер посылки", "916", "447", "1230")),
        ("zh", ("> 请报一下快递单号", "138", "1234", "4712")),
        ("en", ("order number is", "07700", "900461")),
        ("en", ("24.75 in December", "24.75 in January", "24.75 in February", "24.75 in March")),
        ("lv", tuple(f"ziņa numur {n}" for n in range(30))),
        ("en", tuple(f"photo {n}" for n in range(8, 30))),
    ],
)
def test_digits_over_messages_that_are_something_else_are_left_alone(language: str, texts: tuple[str, ...]) -> None:
    assert not inspect_thread(thread(*texts), language=language, market=MARKETS[language]).leak


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("lv", ("> Vai rēķins ir?", "jā", "2844", "1907")),
        ("de", ("> Wie lautet die Bestellnummer?", "steht oben", "meine Handynummer", "0151", "2345", "6789")),
        ("en", ("> ok", "07700", "900", "461")),
        ("ru", ("> Куда платить?", "5536 9137", "1234 5678")),
    ],
)
def test_a_number_in_pieces_that_nobody_asked_for_is_found(language: str, texts: tuple[str, ...]) -> None:
    """INVARIANT: a question for a reference covers its answer, not what the same person tells afterwards."""
    assert inspect_thread(thread(*texts), language=language, market=MARKETS[language]).leak


@pytest.mark.parametrize(
    ("text", "language", "hidden"),
    [
        ("(+371) 28 441 907", "lv", "(+371) 28 441 907"),
        ("Transfer to my sister's account, please", "en", "Transfer to my sister's account"),
        ("Może przejdziemy na jakiś komunikator?", "pl", "Może przejdziemy na jakiś komunikator"),
        ("IBAN DE12 5001 0517 0648 4898 90 Kranz", "de", "DE12 5001 0517 0648 4898 90"),
    ],
)
def test_what_is_hidden_is_the_whole_of_it(text: str, language: str, hidden: str) -> None:
    """INVARIANT: nothing of a datum stays readable beside its mark."""
    findings = inspect(text, language=language, market=MARKETS[language])
    covered = {position for f in findings for position in range(f.start, f.end)}
    start = text.index(hidden)
    assert covered >= set(range(start, start + len(hidden)))
