package atoll.front;

import java.util.Iterator;
import java.util.List;

/**
 * The names of the images that there are. A shell looks for them itself, when it is asked, so that
 * nobody waits for a JVM; this only says that it should.
 */
class ImageNames implements Iterable<String> {
  private final List<String> others;

  ImageNames() {
    this(List.of());
  }

  /**
   * @param others words that are right as well
   */
  ImageNames(List<String> others) {
    this.others = others;
  }

  @Override
  public Iterator<String> iterator() {
    return others.iterator();
  }
}
