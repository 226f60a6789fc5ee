"""Every error Distill raises on purpose.

    DistillError
    ├── SoundError                one sound cannot be used; the message names it
    │   ├── UnreadableSoundError  missing, damaged, or not audio at all
    │   ├── EmptySoundError       a valid file without a single sample
    │   ├── SoundTooLongError     more seconds than the limit
    │   ├── SoundTooLargeError    more bytes than the limit
    │   └── NonFiniteSoundError   NaN or infinite samples
    ├── LatentError               a latent of the wrong shape, not finite, or far off the data
    ├── CheckpointError           a model folder that is missing, damaged or of another format
    ├── DeviceError               a device that was asked for and is not there
    ├── TrainingError             a folder, labels or settings that training cannot use
    └── SessionError              a session that is full, unknown or cannot be read

A message says what is wrong and what to do next; it can be shown to a user as it stands.
This module imports nothing.
"""


class DistillError(Exception):
    """Base of everything Distill raises on purpose; its message is fit for a user."""


class SoundError(DistillError):
    """One sound cannot be used."""


class UnreadableSoundError(SoundError):
    """The file is missing, damaged or not audio."""


class EmptySoundError(SoundError):
    """The file holds no samples."""


class SoundTooLongError(SoundError):
    """The sound lasts longer than the limit."""


class SoundTooLargeError(SoundError):
    """The file has more bytes than the limit."""


class NonFiniteSoundError(SoundError):
    """The sound holds NaN or infinite samples."""


class LatentError(DistillError):
    """A latent has the wrong shape, is not finite, or lies absurdly far from the data."""


class CheckpointError(DistillError):
    """A model folder is missing, damaged or of another format."""


class DeviceError(DistillError):
    """The device that was asked for is not there."""


class TrainingError(DistillError):
    """Training cannot start or go on with what it was given."""


class SessionError(DistillError):
    """A session is full, unknown or cannot be read."""
