extension ReportPage {
  /// How the page looks: light or dark as the reader's system, wide or narrow, and on paper.
  static let style = """
    :root {
      color-scheme: light dark;
      --page: #ffffff; --panel: #f3f5f7; --text: #1b2128; --quiet: #55606b; --line: #d3d9df;
      --wave: #2b6a94; --mark: #0a8276;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --page: #14171b; --panel: #1e2329; --text: #e7eaee; --quiet: #a2adb8; --line: #39414a;
        --wave: #6db3dc; --mark: #3fd6c4;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--page); color: var(--text);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
    }
    main { max-width: 70rem; margin: 0 auto; padding: 2rem 1.5rem 3rem; }
    h1, h2, p, dl, dd, figure { margin: 0; }
    h1, h2, dt, dd, th, .note { overflow-wrap: anywhere; }
    h1 { font-size: 1.6rem; line-height: 1.25; font-weight: 650; }
    h2 { font-size: 1.1rem; font-weight: 650; }
    section { margin-top: 2rem; }
    .facts, .note { color: var(--quiet); font-size: .9rem; font-variant-numeric: tabular-nums; }
    .note { margin-top: .75rem; padding: .5rem .75rem; background: var(--panel); border-radius: 4px; }
    video, audio { display: block; margin: .75rem auto 0; max-width: 100%; }
    video { height: 22rem; border-radius: 4px; background: #000; }
    audio { width: 100%; }

    .rows {
      display: grid; grid-template-columns: 3.25rem minmax(0, 1fr); row-gap: 6px;
      position: relative; margin-top: 1.25rem; padding: 12px 1rem 0 0;
    }
    .lane { grid-column: 2; position: relative; background: var(--panel); }
    .scale, .ticks {
      color: var(--quiet); font-size: .75rem; line-height: 1; font-variant-numeric: tabular-nums;
      white-space: nowrap;
    }
    .scale { grid-column: 1; position: relative; }
    .scale span { position: absolute; right: .5rem; transform: translateY(-50%); }
    .scale .top { transform: none; }
    .scale .bottom { transform: translateY(-100%); }
    .frames { display: flex; gap: 2px; }
    .frames img { flex: 1 1 0; min-width: 0; max-height: 9rem; object-fit: contain; }
    .wave { display: block; width: 100%; height: 6rem; }
    .wave path {
      fill: var(--wave); stroke: var(--wave); stroke-width: 1px; vector-effect: non-scaling-stroke;
    }
    .spectrogram { display: block; width: 100%; height: 13rem; }
    .ticks { height: 1.2rem; background: none; }
    .ticks span { position: absolute; top: 6px; transform: translateX(-50%); }
    .ticks span::before {
      content: ""; position: absolute; left: 50%; top: -6px; height: 4px; width: 1px;
      background: var(--quiet);
    }
    .overlay { position: absolute; top: 0; bottom: calc(1.2rem + 6px); left: 3.25rem; right: 1rem; }
    .overlay.live { cursor: pointer; touch-action: pan-y; }
    .onset, .playhead { position: absolute; top: 0; bottom: 0; pointer-events: none; }
    .onset { width: 1px; background: var(--mark); }
    .onset::before, .key {
      border: 5px solid transparent; border-top: 8px solid var(--mark); border-bottom: 0;
    }
    .onset::before { content: ""; position: absolute; left: -4.5px; top: 1px; }
    .dense .onset { opacity: .5; }
    .playhead { width: 2px; margin-left: -1px; background: #fff; box-shadow: 0 0 0 1px #000; }
    figcaption {
      display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem 2rem;
      margin: .75rem 1rem 0 3.25rem; font-size: .8rem; color: var(--quiet);
      font-variant-numeric: tabular-nums;
    }
    .key { display: inline-block; margin-right: .4rem; }
    figcaption p { flex: 1 1 20rem; }
    figcaption .what { flex-basis: 100%; }
    figcaption button {
      font: inherit; color: var(--text); background: var(--panel); border: 1px solid var(--line);
      border-radius: 3px; padding: 0 .35rem; margin: 0 0 .25rem; cursor: pointer;
    }
    figcaption button:hover, figcaption button:focus-visible { border-color: var(--mark); }
    .legend { display: flex; align-items: center; gap: .5rem; height: 1.5rem; white-space: nowrap; }
    .legend i { width: 6rem; height: .6rem; border-radius: 1px; }

    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 3rem; }
    dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); margin-top: .5rem; }
    dt, dd { padding: .3rem 0; border-top: 1px solid var(--line); }
    dt { color: var(--quiet); padding-right: 1.5rem; }
    table { width: 100%; margin-top: .5rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: .3rem 0; border-top: 1px solid var(--line); text-align: right; white-space: nowrap; }
    th { color: var(--quiet); font-weight: 400; text-align: left; padding-right: 1rem; }
    .bar { width: 50%; padding-right: 1rem; }
    .bar i { display: block; height: .6rem; min-width: 1px; background: var(--wave); border-radius: 1px; }
    .sum th, .sum td { color: var(--text); font-weight: 650; }

    @media (max-width: 40rem) {
      main { padding: 1.25rem 1rem 2rem; }
      .rows { grid-template-columns: 2.9rem minmax(0, 1fr); padding-right: .5rem; }
      .overlay { left: 2.9rem; right: .5rem; }
      figcaption { margin: .75rem 0 0; }
      video { height: auto; max-height: 22rem; }
      .scale, .ticks { font-size: .7rem; }
      .scale span { right: .25rem; }
      .frames img:nth-child(even), .ticks span:nth-child(even) { display: none; }
    }
    @media print {
      body { font-size: 11pt; }
      main { max-width: none; padding: 0; }
      video, audio, .playhead { display: none; }
      .take, .rows, .pair { break-inside: avoid; }
      .pair { grid-template-columns: 1fr 1fr; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    }
    """
}
