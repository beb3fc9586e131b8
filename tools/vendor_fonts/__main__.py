"""Write static/vendor/ (fonts, licences, hashes) and static/fonts.css."""

import shutil
import tempfile
from pathlib import Path

from tools.vendor_fonts import packages, pdf, stylesheet, web

STYLESHEET = packages.VENDOR.parent / "fonts.css"


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        sources = {package.name: package.fetch(Path(directory)) for package in packages.ALL}
        golos, unbounded = sources["golos-text"], sources["unbounded"]
        fonts = [web.build(golos, web.TEXT), web.build(unbounded, web.DISPLAY)]
        files = {
            packages.GOLOS_TEXT: pdf.build_all(golos) | fonts[0].files(),
            packages.UNBOUNDED: fonts[1].files(),
        }
        css = stylesheet.write(fonts, sources)
        for package, contents in files.items():
            contents["OFL.txt"] = (sources[package.name] / "LICENSE").read_bytes()
            _replace(package.folder, contents)
    STYLESHEET.write_text(css, encoding="utf-8")
    print(f"{len(css.encode()):7d}  {STYLESHEET.name}")


def _replace(folder: Path, contents: dict[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        print(f"{len(content):7d}  {folder.name}/{name}")
    packages.write_sums(folder)


if __name__ == "__main__":
    main()
