package atoll.api;

import atoll.image.MirrorChoice;
import atoll.manager.ImageAction;

/** Debian's kernel, from the cache or fetched into it. */
final class Linux {
  private Linux() {}

  /** Whether it is there now. */
  static boolean present() {
    try {
      return SystemLife.newOperator().perform(new ImageAction.FetchLinux(MirrorChoice.USUAL, false))
          != null;
    } catch (AtollException e) {
      return false;
    }
  }
}
