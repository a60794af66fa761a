"""Removals: audio in any form, in constant memory."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

ROWS: Final[Rows] = {
    "constant-memory upload": [
        without(
            "_uploads/multipart.py",
            "while block := self.read(BLOCK_BYTES):",
            "while block := self.read(1 << 40):",
            "uploads/test_multipart::test_an_iteration_gives_blocks_of_one_mebibyte",
            "test_matrix::test_an_upload_is_never_held_in_memory",
        ),
        without(
            "_transports/deadlines.py",
            "        super().init_poolmanager(*args, **kwargs, blocksize=BLOCK_BYTES)\n",
            "        super().init_poolmanager(*args, **kwargs)\n",
            "transports/test_requests::test_uploads_go_out_in_blocks_of_one_mebibyte",
        ),
    ],
    "path, bytes, file-like, tuple; format by its first bytes": [
        without(
            "_uploads/audio.py",
            "    if isinstance(data, bytes | bytearray | memoryview):\n",
            "    if False:\n",
            "uploads/test_audio::test_audio_comes_in_many_forms",
        ),
        without(
            "_uploads/audio.py",
            '    if head.startswith(b"ID3") or _is_mp3_frame(head):\n        return "mp3"\n',
            "",
            "uploads/test_audio::test_a_format_is_known_by_its_first_bytes",
        ),
        without(
            "_uploads/audio.py",
            "    if declared not in (None, found):\n",
            "    if False:\n",
            "uploads/test_audio::test_what_cannot_be_transcribed_is_refused_with_its_reason",
        ),
    ],
}
