package atoll.console;

import java.util.List;

/** Lines that a terminal shows and shows again as they change. */
@FunctionalInterface
public interface LivePage {
  /**
   * The page as it is now; called about every second, by one thread.
   *
   * @param columns how many characters of a line can be seen
   * @param rows how many lines can be seen
   */
  List<String> lines(int columns, int rows);
}
