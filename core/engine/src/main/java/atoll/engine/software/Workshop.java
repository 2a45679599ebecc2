package atoll.engine.software;

import atoll.engine.translate.RegionWorkshop;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Where translators have regions made, for the harts of any number of machines, by one thread. */
public final class Workshop {
  final RegionWorkshop regions;

  /**
   * @param threads asked once, when there is something to do, for where tasks are done one after
   *     another
   */
  public Workshop(Supplier<? extends Executor> threads) {
    regions = new RegionWorkshop(threads);
  }
}
