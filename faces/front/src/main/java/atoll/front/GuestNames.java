package atoll.front;

import atoll.scenario.RecipeReader;
import java.util.List;

/** What {@code run} runs by a name. */
final class GuestNames extends ImageNames {
  /** Those that are there without having been made. */
  static final List<String> ALL =
      List.of(GuestOptions.LINUX, RecipeReader.DEBIAN, GuestOptions.HELLO);

  GuestNames() {
    super(ALL);
  }
}
