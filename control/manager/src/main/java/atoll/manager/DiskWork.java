package atoll.manager;

import atoll.disk.CopyProgress;
import atoll.disk.ImageTool;
import atoll.image.Progress;
import java.util.function.Consumer;

/** Long work on disk images, which is told of as it goes on. */
final class DiskWork {
  private DiskWork() {}

  static void convert(DiskAction.ConvertDisk action, EventListener listener) {
    step(
        "converting " + action.from(),
        listener,
        progress ->
            ImageTool.convert(
                action.from(),
                action.format(),
                action.to(),
                action.options(),
                action.compressed(),
                progress));
  }

  static void commit(DiskAction.CommitDisk action, EventListener listener) {
    step(
        "committing " + action.image(),
        listener,
        progress -> ImageTool.commit(action.image(), action.keep(), progress));
  }

  static void rebase(DiskAction.RebaseDisk action, EventListener listener) {
    step(
        "rebasing " + action.image(),
        listener,
        progress ->
            ImageTool.rebase(
                action.image(), action.backing(), action.format(), action.unsafe(), progress));
  }

  private static void step(String name, EventListener listener, Consumer<CopyProgress> work) {
    Told told = new Told(name, new WorkEvents(listener));
    try {
      work.accept(told);
    } finally {
      told.end();
    }
  }

  /** The step begins when it is known how much there is to do. */
  private static final class Told implements CopyProgress {
    private final String name;
    private final Progress progress;
    private boolean begun;

    Told(String name, Progress progress) {
      this.name = name;
      this.progress = progress;
    }

    @Override
    public void at(long done, long all) {
      if (!begun) {
        progress.begin(name, all);
        begun = true;
      }
      progress.advance(done);
    }

    void end() {
      if (begun) {
        progress.end();
      }
    }
  }
}
