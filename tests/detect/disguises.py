# SPDX-License-Identifier: Apache-2.0
"""Ways to hide a sentence: those that a fixture is written out in."""

import base64
import binascii
import codecs
import html
import itertools
import re
import string
import urllib.parse

LOOK_ALIKES = str.maketrans("aeopcxyis", "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0455")
LEET = str.maketrans("aeiost", "4310$7")


FAUX_CYRILLIC = str.maketrans("aeioprstuwxykmnbh", "\u0430\u0435\u0456\u043e\u0440\u0433\u0455\u0442\u0446\u0448\u0445\u0443\u043a\u043c\u043f\u044c\u04bb")
CURRENCIES = str.maketrans("celsy", "\u00a2\u20ac\u00a3$\u00a5")
BRAILLE = dict(zip(string.ascii_lowercase, "\u2801\u2803\u2809\u2819\u2811\u280b\u281b\u2813\u280a\u281a\u2805\u2807\u280d\u281d\u2815"
                   "\u280f\u281f\u2817\u280e\u281e\u2825\u2827\u283a\u282d\u283d\u2835"))
TURNED = str.maketrans("abcdefghijkmnpqrtuvwy", "\u0250q\u0254p\u01dd\u025f\u0183\u0265\u1d09\u027e\u029e\u026fudb\u0279\u0287n\u028c\u028d\u028e")


def full_width(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def mathematical(text):
    """Bold letters of the block Mathematical Alphanumeric Symbols."""
    return "".join(chr(0x1D41A + ord(c) - ord("a")) if "a" <= c <= "z" else c for c in text.lower())


def look_alike(text):
    """One letter of each word, so that every word mixes scripts."""
    words = []
    for word in text.split(" "):
        at = next((i for i, c in enumerate(word) if ord(c) in LOOK_ALIKES and 0 < i), None)
        words.append(word if at is None else word[:at] + word[at].translate(LOOK_ALIKES) + word[at + 1:])
    return " ".join(words)


def tags(text):
    return "Fine weather today." + "".join(chr(0xE0000 + ord(c)) for c in text)


def encoded(text):
    return text.encode("utf8")


def joined(between):
    return lambda text: between.join(text)


def split(by):
    """Each longer word in two, with something between."""
    return lambda text: " ".join(word[:2] + by + word[2:] if len(word) > 4 else word for word in text.split(" "))


def by_word(way):
    return lambda text: " ".join(way(word) for word in text.split(" "))


def slip(way):
    """A typing error in each word of six letters and more."""
    def write(word):
        letters = len(word.rstrip(string.punctuation))
        at = letters - 3
        return way(word, at) if letters > 5 and word[:letters].isalpha() and word.isascii() else word
    return by_word(write)


def pig_latin(word):
    letters = word.rstrip(string.punctuation)
    front = next((i for i, c in enumerate(letters) if c in "aeiouAEIOU" or (c in "yY" and i > 0)), 0)
    return letters[front:] + letters[:front] + ("ay" if front else "way") + word[len(letters):]


def places(text):
    """A is 1."""
    return " ".join("-".join(str(ord(c) - 96) for c in word if "a" <= c <= "z") for word in text.lower().split(" "))


def pieces(text, size, between):
    return between.join(text[at:at + size] for at in range(0, len(text), size))


def base64_of(text):
    return base64.b64encode(encoded(text)).decode()


def uuencoded(text):
    lines = (binascii.b2a_uu(encoded(text)[at:at + 45], backtick=True).decode() for at in range(0, len(encoded(text)), 45))
    return "begin 644 note.txt\n" + "".join(lines) + "`\nend"


def dump(text):
    """As xxd prints it."""
    lines = (encoded(text)[at:at + 16] for at in range(0, len(encoded(text)), 16))
    return "\n".join(f"{number * 16:08x}: {pieces(line.hex(), 4, ' '):39}  {line.decode('latin1')}"
                     for number, line in enumerate(lines))


RADIO = dict(zip(string.ascii_lowercase, """Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike
November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu""".replace("-", "").split()))


def radio(text):
    return " / ".join(" ".join(RADIO[c] for c in word if c in RADIO) for word in text.lower().split(" "))


def invisible_bits(text):
    return "Fine weather." + "".join("\u2064" if bit == "1" else "\u2062" for byte in encoded(text) for bit in f"{byte:08b}")


RUNES = dict(zip(string.ascii_lowercase, "\u16a8\u16d2\u16b2\u16de\u16d6\u16a0\u16b7\u16ba\u16c1\u16c3\u16b4\u16da\u16d7"
                 "\u16be\u16df\u16c8\u16e9\u16b1\u16ca\u16cf\u16a2\u16a1\u16b9\u16ea\u16a4\u16c9"))
KEYS = dict(zip(string.ascii_lowercase, """2 22 222 3 33 333 4 44 444 5 55 555 6 66 666 7 77 777 7777 8 88 888 9 99 999
9999""".split()))
MORSE = dict(zip(string.ascii_lowercase, """.- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-.
... - ..- ...- .-- -..- -.-- --..""".split()))
SQUARE = "abcdefghiklmnopqrstuvwxyz"


def letters_of(word):
    return [c for c in word.lower() if c in RADIO]


def coded(letter, between=" ", gap=" / "):
    """A sign for each letter."""
    return lambda text: gap.join(between.join(map(letter, letters_of(word))) for word in text.split(" "))


def place_in_square(letter):
    place = SQUARE.index(letter.replace("j", "i"))
    return f"{place // 5 + 1}{place % 5 + 1}"


def bacon(letter):
    return f"{ord(letter) - 97:05b}".replace("0", "A").replace("1", "B")


def neighbour_key(text):
    rows = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    beside = {c: row[(at + 1) % len(row)] for row in rows for at, c in enumerate(row)}
    return "".join(beside.get(c, c) for c in text.lower())


def vigenere(text):
    key, shifted = itertools.cycle("lemon"), []
    for c in text.lower():
        shifted.append(chr((ord(c) + ord(next(key)) - 2 * 97) % 26 + 97) if c in RADIO else c)
    return "Vigenere, the key is LEMON: " + "".join(shifted)


def ubbi_dubbi(text):
    return re.sub("[aeiouAEIOU]+", lambda vowels: "ub" + vowels[0], text)


def long_number(text):
    digits, number = string.digits + string.ascii_uppercase + string.ascii_lowercase, int.from_bytes(encoded(text), "big")
    written = ""
    while number:
        number, digit = divmod(number, len(digits))
        written = digits[digit] + written
    return written


def nibbles(text):
    return "Fine weather." + "".join(chr(0xFE00 + half) for byte in encoded(text) for half in (byte >> 4, byte & 15))


def wrapped(encode):
    """As such runs come: with a word about what to do with them."""
    return lambda text: f"Decode this and do it: {encode(text)}"


# Name -> (the way, whether an ordinary sentence stays ordinary behind it: hiding words is an attack by itself).
DISGUISES = {
    "plain": (lambda text: text, True),
    "upper case": (str.upper, True),
    "full width": (full_width, True),
    "mathematical letters": (mathematical, True),
    "look-alikes": (look_alike, True),
    "leetspeak": (lambda text: text.translate(LEET), True),
    "marks on letters": (joined("\u0301"), True),
    "zero-width spaces": (joined("\u200b"), False),
    "letters spaced out": (lambda text: "   ".join(" ".join(word) for word in text.split(" ")), True),
    "letters parted by backslashes": (lambda text: "   ".join("\\".join(word) for word in text.split(" ")), True),
    "letters parted by full stops": (lambda text: "   ".join(". ".join(word) for word in text.split(" ")), True),
    "parenthesised letters": (lambda text: "".join(chr(0x249c + ord(c) - 97) if "a" <= c <= "z" else c
                                                   for c in text.lower()), True),
    "marks of other scripts": (joined("\u0488"), True),
    "faux Cyrillic": (lambda text: text.lower().translate(FAUX_CYRILLIC), True),
    "currency signs": (lambda text: text.lower().translate(CURRENCIES), True),
    "repeated letters": (lambda text: "".join(c * 2 if c.isalpha() else c for c in text), True),
    "split by tags": (split("<b></b>"), True),
    "split by comments": (split("<!-- -->"), True),
    "split by emphasis": (split("**"), True),
    "split by backslashes": (split("\\"), True),
    "escaped line breaks for blanks": (lambda text: text.replace(" ", "\\n"), True),
    "upside down": (lambda text: text.lower().translate(TURNED)[::-1], True),
    "Braille": (lambda text: "".join(BRAILLE.get(c, c) for c in text.lower()), True),
    "letters swapped": (slip(lambda word, at: word[:at] + word[at + 1] + word[at] + word[at + 2:]), True),
    "letters missing": (slip(lambda word, at: word[:at] + word[at + 1:]), True),
    "letters doubled": (slip(lambda word, at: word[:at] + word[at] + word[at:]), True),
    "inner letters turned round": (slip(lambda word, at: word[0] + word[at:0:-1] + word[at + 1:]), True),
    "long words in pieces": (slip(lambda word, at: word[:at] + " " + word[at:]), True),
    "long words over line ends": (slip(lambda word, at: word[:at] + "-\n" + word[at:]), True),
    "pig Latin": (by_word(pig_latin), True),
    "places in the alphabet": (wrapped(places), True),
    "numbers parted by full stops": (wrapped(lambda text: ".".join(str(byte) for byte in encoded(text))), True),
    "line breaks for blanks": (lambda text: text.replace(" ", "\n"), True),
    "text direction": (lambda text: "\u202d" + text.replace(" ", " \u200e") + "\u202c", True),
    "tag characters": (tags, False),
    "base64": (wrapped(lambda text: base64.b64encode(encoded(text)).decode()), True),
    "base64 twice": (wrapped(lambda text: base64.b64encode(base64.b64encode(encoded(text))).decode()), True),
    "base64 thrice": (wrapped(lambda text: base64_of(base64_of(base64_of(text)))), True),
    "base64 backwards": (wrapped(lambda text: base64_of(text)[::-1]), True),
    "base64 in quoted lines": (wrapped(lambda text: "\n> " + pieces(base64_of(text), 40, "\n> ")), True),
    "base64 in a list": (wrapped(lambda text: '["' + pieces(base64_of(text), 16, '", "') + '"]'), True),
    "base64 in groups": (wrapped(lambda text: pieces(base64_of(text), 8, " ")), True),
    "uuencode": (wrapped(lambda text: "\n" + uuencoded(text)), True),
    "dump": (wrapped(lambda text: "\n" + dump(text)), True),
    "radio alphabet": (wrapped(radio), True),
    "invisible bits": (invisible_bits, False),
    "invisible nibbles": (nibbles, False),
    "runes": (lambda text: "".join(RUNES.get(c, c) for c in text.lower()), True),
    "tiles": (lambda text: "".join(f":regional_indicator_{c}: " if c in RADIO else c + " " for c in text.lower()), True),
    "a tag a letter": (lambda text: "".join(f"<span>{c}</span>" for c in text), True),
    "a bracket a letter": (lambda text: "".join(f"[{c}]" if c != " " else c for c in text), True),
    "Polybius": (wrapped(coded(place_in_square, gap="  ")), True),
    "keypad": (wrapped(coded(KEYS.get, gap=" 0 ")), True),
    "Bacon": (wrapped(coded(bacon)), True),
    "Morse": (wrapped(coded(MORSE.get)), True),
    "Morse in pictures": (wrapped(coded(lambda c: MORSE[c].replace(".", "\U0001f534").replace("-", "\U0001f535"))), True),
    "keys beside the right ones": (wrapped(neighbour_key), True),
    "Vigenere": (wrapped(vigenere), True),
    "ubbi dubbi": (wrapped(ubbi_dubbi), True),
    "long number": (wrapped(long_number), True),
    "escapes of CSS": (wrapped(lambda text: "".join(f"\\{ord(c):x} " for c in text)), True),
    "base64 spaced out": (wrapped(lambda text: " ".join(base64_of(text))), True),
    "base64 in full width": (wrapped(lambda text: full_width(base64_of(text))), True),
    "ROT13 with zero-width spaces": (wrapped(lambda text: "\u200b".join(codecs.encode(text, "rot13"))), True),
    "ROT13 in numbers": (wrapped(lambda text: " ".join(str(byte) for byte in encoded(codecs.encode(text, "rot13")))), True),
    "base32": (wrapped(lambda text: base64.b32encode(encoded(text)).decode()), True),
    "hexadecimal": (wrapped(lambda text: encoded(text).hex()), True),
    "percent": (wrapped(lambda text: "".join(f"%{byte:02x}" for byte in encoded(text))), True),
    "form": (wrapped(urllib.parse.quote_plus), True),
    "entities": (wrapped(lambda text: "".join(f"&#{ord(c)};" for c in text)), True),
    "named entities": (wrapped(lambda text: html.escape(text).replace(" ", "&nbsp;")), True),
    "escapes": (wrapped(lambda text: "".join(f"\\u{ord(c):04x}" for c in text)), True),
    "ROT13": (wrapped(lambda text: codecs.encode(text, "rot13")), True),
    "backwards": (wrapped(lambda text: text[::-1]), True),
    "binary": (wrapped(lambda text: " ".join(f"{byte:08b}" for byte in encoded(text))), True),
}
