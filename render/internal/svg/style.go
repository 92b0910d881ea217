package svg

// style holds the colours of light and dark viewers. Each kind of header has a fill that its text, in the
// colour of the page's text, is readable on (contrast of at least 4.5 to 1).
const style = `.l2s text{font-family:"Liberation Sans",Arial,Helvetica,sans-serif;fill:#1f2328}
.l2s .muted{fill:#57606a}
.l2s .page{fill:#ffffff}
.l2s .card{fill:#f6f8fa;stroke:#d0d7de}
.l2s .inner{fill:#ffffff;stroke:#d0d7de}
.l2s .row{fill:#f6f8fa}
.l2s .ethernet,.l2s .tag{fill:#dafbe1;stroke:#7fb98c}
.l2s .arp,.l2s .tcp,.l2s .udp,.l2s .icmp{fill:#fff3c4;stroke:#c9a94b}
.l2s .ip{fill:#ddf0ff;stroke:#79add8}
.l2s .vxlan{fill:#f3e2ff;stroke:#b78ed6}
.l2s .esp,.l2s .esp-trailer{fill:#ffe3d8;stroke:#dd9a7c}
.l2s .data,.l2s .padding{fill:#eef1f4;stroke:#aab3bd}
.l2s .good{fill:#1a7f37}
.l2s .bad{fill:#b42318}
.l2s .warn{fill:#8a5a00}
.l2s .sealed{stroke-dasharray:3 2}
.l2s polyline{fill:none;stroke:#57606a;stroke-width:1.5}
.l2s .tunnel{stroke:#c2410c;stroke-width:2.5}
.l2s .stretch{stroke:#7c3aed;stroke-width:2.5}
.l2s .paused{stroke-dasharray:6 4}
.l2s .guide{stroke:#d0d7de;stroke-width:1;stroke-dasharray:2 4}
.l2s .tunnel-dot{fill:#c2410c}
.l2s .stretch-dot{fill:#7c3aed}
@media (prefers-color-scheme:dark){
.l2s text{fill:#e6edf3}
.l2s .muted{fill:#9aa4af}
.l2s .good{fill:#56d364}
.l2s .bad{fill:#ff8f85}
.l2s .warn{fill:#e3b341}
.l2s .page{fill:#0d1117}
.l2s .card{fill:#161b22;stroke:#3d444d}
.l2s .inner{fill:#0d1117;stroke:#3d444d}
.l2s .row{fill:#161b22}
.l2s .ethernet,.l2s .tag{fill:#12361f;stroke:#2f7d46}
.l2s .arp,.l2s .tcp,.l2s .udp,.l2s .icmp{fill:#3d3209;stroke:#8a7220}
.l2s .ip{fill:#0f2f4d;stroke:#2f6ea6}
.l2s .vxlan{fill:#341d4d;stroke:#7a4fa8}
.l2s .esp,.l2s .esp-trailer{fill:#4a2113;stroke:#a8563a}
.l2s .data,.l2s .padding{fill:#262c34;stroke:#59636e}
.l2s polyline{stroke:#9aa4af}
.l2s .tunnel{stroke:#f0883e}
.l2s .stretch{stroke:#a78bfa}
.l2s .guide{stroke:#3d444d}
.l2s .tunnel-dot{fill:#f0883e}
.l2s .stretch-dot{fill:#a78bfa}
}
`
