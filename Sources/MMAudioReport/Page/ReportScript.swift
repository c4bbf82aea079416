extension ReportPage {
  /// Moves a line over the pictures as a take plays, and plays from where they are clicked.
  static let script = """
    const players = [...document.querySelectorAll('.take video, .take audio')];
    for (const player of players) {
      const take = player.closest('.take');
      const overlay = take.querySelector('.overlay');
      const head = take.querySelector('.playhead');
      const seconds = Number(overlay.dataset.seconds);
      const seek = time => { player.currentTime = Math.min(Math.max(time, 0), seconds); };
      const seekTo = event => {
        const box = overlay.getBoundingClientRect();
        seek((event.clientX - box.left) / box.width * seconds);
      };
      const show = () => {
        head.style.left = 100 * Math.min(player.currentTime / seconds, 1) + '%';
      };
      const follow = () => {
        show();
        if (!player.paused) requestAnimationFrame(follow);
      };
      head.hidden = false;
      overlay.classList.add('live');
      overlay.title = 'Click to move the player here';
      player.addEventListener('seeking', show);
      player.addEventListener('play', () => {
        for (const other of players) if (other !== player) other.pause();
        follow();
      });
      overlay.addEventListener('pointerdown', seekTo);
      overlay.addEventListener('pointermove', event => { if (event.buttons) seekTo(event); });
      for (const button of take.querySelectorAll('[data-time]')) {
        button.addEventListener('click', () => {
          seek(Number(button.dataset.time));
          player.play();
        });
      }
    }
    """
}
