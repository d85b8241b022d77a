"""The style of the page: light, dark and on paper, from a phone to a projector."""

from typing import Final

from msgspec import Struct


class Palette(Struct, frozen=True):
    """The colours of a page: surfaces (`paper`, `panel`), inks, and `parts`.

    `parts` are the colours of pictures, each of which also has a label.
    """

    paper: str
    panel: str
    ink: str
    quiet: str
    rule: str
    accent: str
    excess: str
    parts: tuple[str, ...]

    def css(self) -> str:
        """The palette as CSS custom properties."""
        named = "".join(
            f"--{name}:{getattr(self, name)};" for name in self.__struct_fields__ if name != "parts"
        )
        return named + "".join(f"--c{at}:{colour};" for at, colour in enumerate(self.parts))


LIGHT: Final = Palette(
    paper="#ffffff",
    panel="#f4f5f7",
    ink="#16181d",
    quiet="#50555f",
    rule="#c9cdd4",
    accent="#0b62a8",
    excess="#c2410c",
    parts=("#5b6472", "#0b62a8", "#8a5a00", "#7a3fa0", "#2e7d32", "#b3405e", "#00757a"),
)
DARK: Final = Palette(
    paper="#14161a",
    panel="#1e2127",
    ink="#f0f2f5",
    quiet="#b4bac4",
    rule="#434954",
    accent="#6cb6f5",
    excess="#ff9a62",
    parts=("#9aa4b2", "#6cb6f5", "#e0b050", "#c79be8", "#7fcf86", "#f090a8", "#4fc9cf"),
)
PRINT: Final = Palette(
    paper="#ffffff",
    panel="#ffffff",
    ink="#000000",
    quiet="#000000",
    rule="#808080",
    accent="#0b4f88",
    excess="#a03000",
    parts=LIGHT.parts,
)

_RULES: Final = """
html{font-size:clamp(1rem,.7rem + .6vw,1.75rem)}
body{margin:0;background:var(--paper);color:var(--ink);line-height:1.5;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
*{box-sizing:border-box}
main{max-width:64rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1{font-size:1.9rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.35rem;line-height:1.25;margin:0 0 .5rem}
p,li,dd,dt,td,th,h1,h2,caption,figcaption{overflow-wrap:anywhere}
p{margin:.5rem 0;max-width:46rem}
.quiet,figcaption,caption{color:var(--quiet)}
.lead{font-size:1.35rem;font-weight:600;line-height:1.35;border-left:.35rem solid var(--accent);
padding-left:.75rem;margin:1rem 0;text-wrap:balance}
section{margin-top:2.25rem;padding-top:1.25rem;border-top:1px solid var(--rule)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));
gap:1.25rem 2rem;align-items:start}
.pair>*,figure{min-width:0}
figure{margin:.75rem 0}
figcaption{font-size:.9rem;margin-top:.4rem}
svg{display:block;width:100%;height:auto;max-width:38rem}
svg text{fill:var(--ink)}
.keep{white-space:nowrap}
.strong{font-weight:600}.end{text-anchor:end}.middle{text-anchor:middle}
.track{fill:var(--panel)}.bar{fill:var(--accent)}.excess{fill:var(--excess)}
.area{fill:var(--accent);fill-opacity:.2}.line{fill:none;stroke:var(--accent);stroke-width:2.5}
.dot{fill:var(--accent)}.grid{stroke:var(--rule);stroke-dasharray:4 4}.axis{stroke:var(--quiet)}
.whole{fill:var(--ink)}.ribbon{fill-opacity:.4}
.box{overflow-x:auto;margin:.75rem 0}
.box:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.95rem}
caption{text-align:left;font-size:.9rem;padding-bottom:.3rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;
border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:0}
tbody th{font-weight:600}
thead th{vertical-align:bottom}thead .number{white-space:normal}
.name{min-width:6.5em}.meaning{min-width:13em}
.number{text-align:right;white-space:nowrap;overflow-wrap:normal;font-variant-numeric:tabular-nums}
@media screen and (max-width:40rem){
main{padding:1rem .75rem 2rem}
.explained thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.explained tr{display:grid;grid-template-columns:1fr auto 5em;border-bottom:1px solid var(--rule)}
.explained :is(th,td){border:0}
.explained .meaning{grid-column:1/-1;padding-top:0;color:var(--quiet)}
}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:.75rem 2rem}
dt{font-weight:600}dd{margin:0}
footer{margin-top:2.25rem;padding-top:1rem;border-top:1px solid var(--rule);color:var(--quiet)}
"""
_PRINT: Final = """
@page{margin:15mm}
html{font-size:10pt}
main{max-width:none;padding:0}
section{margin-top:1.2rem;padding-top:.8rem}
h1,h2,caption{break-after:avoid}
figure,tr,section:not(:first-of-type),dl>div,.lead{break-inside:avoid}
thead{display:table-header-group}
.box{overflow:visible}
.number.long{white-space:normal;overflow-wrap:anywhere}
svg{max-width:10.5cm}
.pair{grid-template-columns:1fr 1fr}
table{font-size:.88rem;line-height:1.35}th,td{padding-top:.22rem;padding-bottom:.22rem}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
"""


def _parts() -> str:
    return "".join(f".c{at}{{fill:var(--c{at})}}" for at in range(len(LIGHT.parts)))


STYLE: Final = (
    f":root{{color-scheme:light dark;{LIGHT.css()}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{DARK.css()}}}}}"
    f"{_RULES}{_parts()}"
    f"@media print{{:root{{color-scheme:light;{PRINT.css()}}}{_PRINT}}}"
)
"""The whole style sheet; it refers to no other file."""
