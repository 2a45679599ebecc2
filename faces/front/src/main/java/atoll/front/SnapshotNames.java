package atoll.front;

import java.util.Collections;
import java.util.Iterator;

/** The names of the snapshots that there are; as with {@link ImageNames}, the shell looks. */
final class SnapshotNames implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return Collections.emptyIterator();
  }
}
