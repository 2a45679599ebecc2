package atoll.front;

import atoll.manager.SnapshotAction;

/** Reads how many copies of a system are to be made. */
final class CopyCount extends WholeNumber {
  CopyCount() {
    super(1, SnapshotAction.ReadForks.MOST);
  }
}
