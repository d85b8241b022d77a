"""Files that people name to be read: regular ones, and pipes that somebody writes to."""

import os
import socket
import threading
from types import SimpleNamespace

import pytest

from coins_cli.errors import FileNotReadable, NoSuchFile
from coins_cli.files import inputs as input_files
from coins_cli.files.inputs import open_input, read_input


def test_a_file_is_read_up_to_a_limit(tmp_path):
    (tmp_path / "file").write_bytes(b"coins")
    assert read_input(str(tmp_path / "file"), most=100) == b"coins"
    assert read_input(str(tmp_path / "file"), most=3) == b"coi"
    (tmp_path / "file").write_bytes(b"")
    assert read_input(str(tmp_path / "file"), most=100) == b""


def test_a_file_through_a_link_is_read(tmp_path):
    (tmp_path / "file").write_bytes(b"coins")
    (tmp_path / "link").symlink_to("file")
    assert read_input(str(tmp_path / "link"), most=100) == b"coins"


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NoSuchFile):
        open_input(str(tmp_path / "none"))


@pytest.mark.parametrize("is_stream", [True, False])
def test_a_folder_is_named(tmp_path, is_stream):
    with pytest.raises(FileNotReadable, match="it is a folder"):
        open_input(str(tmp_path), is_stream=is_stream)


def test_a_socket_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
    with pytest.raises(FileNotReadable, match="it is a socket"):
        open_input("socket")


def test_a_device_is_read_only_as_it_comes():
    with pytest.raises(FileNotReadable, match="it is a device"):
        open_input("/dev/null")
    with open_input("/dev/null", is_stream=True) as file:
        assert file.read() == b""


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileNotReadable, match="nobody has written anything"):
        read_input(str(tmp_path / "pipe"), most=100)


def test_a_pipe_that_somebody_writes_to_is_read_to_its_end():
    reading, writing = os.pipe()
    later = threading.Timer(0.05, lambda: (os.write(writing, b"coins"), os.close(writing)))
    later.start()
    assert read_input(f"/dev/fd/{reading}", most=100) == b"coins"
    later.join()
    os.close(reading)


def test_a_pipe_that_is_a_stream_is_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    later = threading.Timer(0.05, (tmp_path / "pipe").write_bytes, [b"coins"])
    later.start()
    with open_input(str(tmp_path / "pipe"), is_stream=True) as file:
        assert file.read() == b"coins"
    later.join()


@pytest.mark.parametrize("place", ["a file", "nothing that can be asked for"])
def test_what_the_system_refuses_is_said_in_its_words(tmp_path, monkeypatch, place):
    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "file"
    path.write_bytes(b"")
    asks = os.stat if place == "a file" else refuse
    fake = SimpleNamespace(**{**vars(os), "open": refuse, "stat": asks})
    monkeypatch.setattr(input_files, "os", fake)
    with pytest.raises(FileNotReadable, match="permission denied"):
        open_input(str(path))


def test_what_can_be_opened_and_not_read_is_named():
    with pytest.raises(FileNotReadable, match="input/output error"):
        read_input("/proc/self/mem", most=100)
