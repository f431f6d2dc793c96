"""Small archives of every dialect, for the fuzzer to begin with: seeds.py FOLDER"""

import io
import os
import sys
import tarfile


def archive(format, entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as tar:
        for name, kind, extra in entries:
            info = tarfile.TarInfo(name)
            info.type = kind
            for key, value in extra.items():
                if key != "data":
                    setattr(info, key, value)
            info.size = len(extra.get("data", b""))
            tar.addfile(info, io.BytesIO(extra.get("data", b"")))
    used = len(out.getvalue().rstrip(b"\0"))
    return out.getvalue()[: (used + 511) // 512 * 512] + b"\0" * 1024


plain = [
    ("d", tarfile.DIRTYPE, {"mode": 0o2755}),
    ("d/f", tarfile.REGTYPE, {"data": b"hello", "mode": 0o4755}),
    ("d/h", tarfile.LNKTYPE, {"linkname": "d/f"}),
    ("l", tarfile.SYMTYPE, {"linkname": "d/../../canary"}),
    ("l/x", tarfile.REGTYPE, {}),
    ("c", tarfile.CHRTYPE, {"devmajor": 0, "devminor": 0}),
    ("p", tarfile.FIFOTYPE, {}),
]
hidden = [(n, tarfile.REGTYPE, {}) for n in ("d/.wh.f", "d/.wh..wh..opq", ".wh.x", "x/y", "../canary/z", ".wh.")]
long = [("n" * 120 + "/" + "m" * 120, tarfile.REGTYPE, {"data": b"x" * 600, "uid": 1 << 22, "mtime": -1.5})]
records = {
    "SCHILY.xattr.user.a": "b",
    "GNU.sparse.major": "1",
    "GNU.sparse.minor": "0",
    "GNU.sparse.name": "s",
    "GNU.sparse.realsize": "900",
}
sparse = [("s", tarfile.REGTYPE, {"data": b"1\n800\n5\n".ljust(512, b"\0") + b"hello", "pax_headers": records})]
simple = {"GNU.sparse.map": "0,2,9,3", "GNU.sparse.size": "20", "LIBARCHIVE.xattr.user.%61": "aGk="}
sparse.append(("t", tarfile.REGTYPE, {"data": b"hello", "pax_headers": simple}))

for i, entries in enumerate([plain, hidden, long, sparse, plain + hidden]):
    for format in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        try:
            content = archive(format, entries)
        except ValueError:
            continue
        for mode in (0, 1, 9):
            with open(os.path.join(sys.argv[1], f"seed-{i}-{format}-{mode}"), "wb") as file:
                file.write(bytes([mode]) + content)
