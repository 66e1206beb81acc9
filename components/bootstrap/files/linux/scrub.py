#!/usr/bin/python3
"""Removes the custom data from where cloud-init and the Azure agent keep it.

The custom data holds keys and the bootstrap token. Nothing needs it after the
first boot. cloud-init rewrites its text copies from a pickled object at every
boot, so that object has to be cleaned as well. Exits with 1 if a copy remains.

It came on a disc. cloud-init ejects that where the image has a program for it;
else it is read again at each start of the machine, so it is ejected here.
"""
import fcntl
import glob
import json
import os
import pickle
import re
import sys

CLOUD_DIR = os.environ.get("CLOUD_DIR", "/var/lib/cloud")
RUN_DIR = os.environ.get("CLOUD_RUN_DIR", "/run/cloud-init")
DISC_DRIVES = os.environ.get("DISC_DRIVES", "/dev/sr*")
# https://github.com/torvalds/linux/blob/master/include/uapi/linux/cdrom.h
CDROMEJECT, CDROM_LOCKDOOR = 0x5309, 0x5329
WAAGENT_DIR = os.environ.get("WAAGENT_DIR", "/var/lib/waagent")
# Each custom data of ours mentions this path, or is compressed; cloud-init's
# JSON shows that as base64, of which these are the first bytes.
CANARIES = (b"/usr/local/lib/hybridcluster/bootstrap.sh", b"ci-b64:H4sI")
OURS = {"write_files", "runcmd", "ssh_keys", "customData", "userData", "user_data", "userdata"}


def holds_copy(path):
    with open(path, "rb") as file:
        content = file.read()
    return any(canary in content for canary in CANARIES)


def replace(path, data):
    """Writes a file of mode 0600 in place of another."""
    descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as new:
        new.write(data)
    os.rename(path + ".new", path)


def clean_text(path):
    replace(path, b"#cloud-config\n{}\n" if path.endswith("cloud-config.txt") else b"")


def clean_pickle(path):
    with open(path, "rb") as old:
        source = pickle.load(old)  # needs cloud-init's own classes
    source.userdata_raw = b""
    source.userdata = None
    replace(path, pickle.dumps(source))


def clean_xml(path):
    with open(path, "rb") as old:
        text = old.read()
    replace(path, re.sub(rb"(<(?:\w+:)?CustomData\b[^>]*>)[^<]*", rb"\1", text))


def prune(value):
    if isinstance(value, dict):
        return {k: prune(v) for k, v in value.items() if k not in OURS}
    if isinstance(value, list):
        return [prune(v) for v in value]
    return value


def clean_json(path):
    with open(path, encoding="utf-8") as old:
        value = json.load(old)
    replace(path, json.dumps(prune(value)).encode())


def copies():
    """Yields each file that may hold a copy, and what cleans it."""
    # In each instance's directory; /var/lib/cloud/instance is a link to one.
    for directory in glob.glob(CLOUD_DIR + "/instances/*"):
        for name in ("user-data.txt", "user-data.txt.i", "cloud-config.txt"):
            yield os.path.join(directory, name), clean_text
        yield os.path.join(directory, "obj.pkl"), clean_pickle
    yield WAAGENT_DIR + "/ovf-env.xml", clean_xml
    yield WAAGENT_DIR + "/CustomData", clean_text
    for path in glob.glob(RUN_DIR + "/*.json"):
        if not os.path.islink(path) and holds_copy(path):
            yield path, clean_json


def eject():
    """Takes the disc away. A virtual machine of Azure's has no other use for it."""
    for drive in glob.glob(DISC_DRIVES):
        try:
            descriptor = os.open(drive, os.O_RDONLY | os.O_NONBLOCK)
            try:
                fcntl.ioctl(descriptor, CDROM_LOCKDOOR, 0)
                fcntl.ioctl(descriptor, CDROMEJECT)
            finally:
                os.close(descriptor)
        except OSError as err:  # an empty drive, or none that opens
            print(f"{drive}: {err}", file=sys.stderr)


def main():
    eject()
    left = 0
    for path, clean in copies():
        if not os.path.exists(path):
            continue
        try:
            clean(path)
            if holds_copy(path):
                raise ValueError("a copy remains")
        except Exception as err:  # the other copies still have to go
            print(f"{path}: {type(err).__name__}: {err}", file=sys.stderr)
            left = 1
    return left


if __name__ == "__main__":
    sys.exit(main())
