"""The style of the page: light, dark and on paper, from a phone to a projector."""

from typing import Final

from msgspec import Struct

from coins_cli.reports.charts import LABEL_EMS


class Palette(Struct, frozen=True):
    """The colours of a page: surfaces (`paper`, `panel`), inks, and the `parts` by name.

    A part has one colour in all pictures. Parts differ in lightness too, for grey paper and for
    eyes that tell few colours apart; each has the ink of labels on it, `dark` or `bright`.
    """

    paper: str
    panel: str
    ink: str
    quiet: str
    rule: str
    accent: str
    parts: dict[str, str]
    labels: dict[str, str]

    def css(self) -> str:
        """The palette as CSS custom properties."""
        plain = ("paper", "panel", "ink", "quiet", "rule", "accent")
        named = "".join(f"--{name}:{getattr(self, name)};" for name in plain)
        named += "".join(f"--{name}:{colour};" for name, colour in self.parts.items())
        return named + "".join(f"--on{name}:{ink};" for name, ink in self.labels.items())


BRIGHT: Final = "#ffffff"
BLACK: Final = "#000000"
_ON_LIGHT: Final = {
    "out": BRIGHT,
    "margin": BRIGHT,
    "promotions": BRIGHT,
    "share": BRIGHT,
    "unspent": BLACK,
    "earned": BRIGHT,
    "held": BRIGHT,
    "undone": BLACK,
}
LIGHT: Final = Palette(
    paper="#ffffff",
    panel="#f4f5f7",
    ink="#16181d",
    quiet="#50555f",
    rule="#c9cdd4",
    accent="#0b62a8",
    parts={
        "out": "#278646",
        "margin": "#202835",
        "promotions": "#7a4a06",
        "share": "#5b2665",
        "unspent": "#3097e1",
        "earned": "#157676",
        "held": "#7c2449",
        "undone": "#82826b",
    },
    labels=_ON_LIGHT,
)
DARK: Final = Palette(
    paper="#14161a",
    panel="#1e2127",
    ink="#f0f2f5",
    quiet="#b4bac4",
    rule="#434954",
    accent="#6cb6f5",
    parts={
        "out": "#62d187",
        "margin": "#516787",
        "promotions": "#d17e0b",
        "share": "#aa4ebc",
        "unspent": "#b8dbf5",
        "earned": "#20b5b5",
        "held": "#d05c8c",
        "undone": "#c1c1b4",
    },
    labels={**dict.fromkeys(_ON_LIGHT, BLACK), "margin": BRIGHT},
)
PRINT: Final = Palette(
    paper="#ffffff",
    panel="#ffffff",
    ink="#000000",
    quiet="#000000",
    rule="#808080",
    accent="#0b4f88",
    parts=LIGHT.parts,
    labels=LIGHT.labels,
)

_RULES: Final = """
html{font-size:clamp(1rem,.7rem + .6vw,1.75rem)}
body{margin:0;background:var(--paper);color:var(--ink);line-height:1.45;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
*{box-sizing:border-box}
main{max-width:72rem;margin:0 auto;padding:1rem 1rem 2rem}
h1{font-size:1.9rem;line-height:1.2;margin:0}
h2{font-size:1.3rem;line-height:1.25;margin:0 0 .4rem}
p,dd,dt,td,th,h1,h2,figcaption,.parts>span{overflow-wrap:anywhere}
p{margin:.4rem 0;max-width:46rem}
.quiet,figcaption,small,.scale{color:var(--quiet)}
small{display:block;font-size:.9rem;font-weight:400}
.lead{font-size:1.35rem;font-weight:600;line-height:1.3;border-left:.35rem solid var(--accent);
padding-left:.75rem;margin:.7rem 0;max-width:none}
.lead span{display:block}
section{margin-top:1.6rem;padding-top:.9rem;border-top:1px solid var(--rule)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));
gap:0 2.5rem;align-items:start}
.pair>section{min-width:0}
figure{margin:.4rem 0 .6rem}
.scale{margin:.45rem 0 .15rem;font-size:.95rem}
.parts{margin-bottom:.4rem;display:flex;gap:3px;width:100%;height:2.1rem}
.parts>span{flex:0 1 auto;min-width:2px;padding-top:.25rem;overflow:hidden;text-align:center;
white-space:nowrap;font-size:.95rem;container-type:inline-size}
.parts b{display:none;font-weight:600}
.plain{background:var(--panel);color:var(--ink);box-shadow:inset 0 0 0 1px var(--quiet)}
.rate{border-left:.3rem solid var(--out);padding-left:.6rem;font-weight:600}
.funnel{display:block;width:100%;height:1.4rem;fill-opacity:.45}
.swatch{display:inline-block;width:.8em;height:.8em;margin-right:.45em}
.bar{display:block;height:.5rem;margin:.2rem 0;background:var(--accent);min-width:2px}
.steps{display:block;width:100%;height:9rem;margin-top:.3rem}
.steps path{vector-effect:non-scaling-stroke}
.area{fill:var(--accent);fill-opacity:.2}.line{fill:none;stroke:var(--accent);stroke-width:3}
.axis{stroke:var(--quiet)}
.ends{display:flex;justify-content:space-between;gap:1rem}
.keep{white-space:nowrap}
table{border-collapse:collapse;width:100%}
caption{text-align:left;color:var(--quiet);padding-bottom:.2rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;
border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:0}
tbody th{font-weight:600;min-width:6.5em}
.bars th:first-child{width:45%}
thead th{vertical-align:bottom}
.inner th{padding-left:1.2rem}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
thead .number{white-space:normal;overflow-wrap:normal}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:.6rem 2rem;
margin:.4rem 0}
dt{font-weight:600}dd{margin:0}
.words dt,.words dd{display:inline}.words dt::after{content:": "}
@media screen and (max-width:40rem){html{font-size:15px}body{line-height:1.38}
small,figcaption,.scale{font-size:14px}.lead{font-size:1.2rem}h1{font-size:1.6rem}
section{margin-top:1.1rem;padding-top:.6rem}dl{display:block}dl div{margin:.4rem 0}
dt,dd{display:inline}dt::after{content:": "}
th,td{padding-right:.35rem}tbody th{min-width:4em}.bars th:first-child{width:auto}
.long{white-space:normal}}
"""
_PRINT: Final = """
@page{margin:13mm}
html{font-size:9pt}
main{max-width:none;padding:0}
section{margin-top:.8rem;padding-top:.5rem}
h2,caption,.scale{break-after:avoid}
figure,table,tr,dl>div,.lead{break-inside:avoid}
.long-table{break-inside:auto}
.pair{grid-template-columns:1fr 1fr;gap:0 1.6rem}
dl{grid-template-columns:1fr 1fr 1fr;gap:.4rem 1.2rem}
th,td{padding-top:.15rem;padding-bottom:.15rem}
p{max-width:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
"""


def _parts() -> str:
    return "".join(
        f".{name}{{background:var(--{name});color:var(--on{name});fill:var(--{name})}}"
        for name in LIGHT.parts
    )


def _labels() -> str:
    """Labels are shown where their part of a bar is wide enough."""
    return "".join(
        f"@container (min-width:{ems}em){{.parts .fits{ems}{{display:inline}}}}"
        for ems in LABEL_EMS.values()
    )


STYLE: Final = (
    f":root{{color-scheme:light dark;{LIGHT.css()}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{DARK.css()}}}}}"
    f"{_RULES}{_parts()}{_labels()}"
    f"@media print{{:root{{color-scheme:light;{PRINT.css()}}}{_PRINT}}}"
)
"""The whole style sheet; it refers to no other file."""
