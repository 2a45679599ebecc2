package atoll.manager;

import atoll.host.Tasks;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.snapshot.Snapshot;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The proof that a snapshot's memory is as it was saved, found beside the making of machines: it
 * reads all of it. Machines do not start before that, unless it would take them long.
 */
final class SnapshotProof {
  /** Bytes that are read in some tenths of a second. */
  private static final long SOON = 256 << 20;

  private final String name;
  private final boolean soon;
  private final CompletableFuture<List<String>> wrong = new CompletableFuture<>();

  private SnapshotProof(String name, boolean soon) {
    this.name = name;
    this.soon = soon;
  }

  /**
   * Begins.
   *
   * @param snapshot closed at the end
   */
  static SnapshotProof begin(Snapshot snapshot, Tasks tasks) {
    return begin(snapshot, tasks, whole -> {});
  }

  /**
   * The same.
   *
   * @param proved told behind it if nothing is wrong
   */
  static SnapshotProof begin(Snapshot snapshot, Tasks tasks, Consumer<Snapshot> proved) {
    SnapshotProof proof = new SnapshotProof(snapshot.name(), snapshot.stored() <= SOON);
    tasks.start("verify " + snapshot.name(), () -> proof.find(snapshot, proved));
    return proof;
  }

  private void find(Snapshot snapshot, Consumer<Snapshot> proved) {
    try (snapshot) {
      List<String> found = snapshot.verifyMemory(Progress.SILENT);
      wrong.complete(found);
      if (found.isEmpty()) {
        proved.accept(snapshot);
      }
    } catch (RuntimeException | Error e) {
      wrong.complete(List.of(e.toString()));
    }
  }

  /**
   * Waits for it if it is there soon.
   *
   * @param late told of what is wrong if it is found later
   * @throws RefusedException if something is wrong
   */
  void require(Consumer<String> late) {
    if (soon) {
      requireNow();
    } else {
      var ignored = wrong.thenAccept(found -> sentence(found).lines().findFirst().ifPresent(late));
    }
  }

  /**
   * Waits for it, however long it takes.
   *
   * @throws RefusedException if something is wrong
   */
  void requireNow() {
    String text = sentence(wrong.join());
    if (!text.isEmpty()) {
      throw new RefusedException(text);
    }
  }

  private String sentence(List<String> found) {
    return found.isEmpty()
        ? ""
        : "the snapshot %s is damaged: %s".formatted(name, found.getFirst());
  }
}
