package atoll.manager;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.DiskServer;
import atoll.disk.ImageTool;
import atoll.host.Clock;
import atoll.host.Tasks;
import java.util.Optional;

/** Performs {@link DiskAction}s. */
final class DiskDesk implements Desk<DiskAction<?>> {
  private final Clock clock;
  private final Tasks tasks;

  /** The one that serves now; null if there is none. */
  private volatile DiskServer server;

  /**
   * @param clock the host's
   */
  DiskDesk(Clock clock, Tasks tasks) {
    this.clock = clock;
    this.tasks = tasks;
  }

  @Override
  public Object perform(DiskAction<?> action, EventListener listener) {
    return switch (action) {
      case DiskAction.CreateDisk create ->
          ImageTool.create(create.image(), create.size(), create.options());
      case DiskAction.DescribeDisk(DiskLocation image, Optional<DiskFormat> format) ->
          ImageTool.describe(image, format);
      case DiskAction.MapDisk map ->
          ImageTool.map(map.image(), map.format(), map.from(), map.until(), map.most());
      case DiskAction.ChangeSnapshot change ->
          Desk.done(() ->
              ImageTool.snapshot(
                  change.image(), change.change(), change.name(), clock.epochNanos()));
      case DiskAction.ConvertDisk convert -> Desk.done(() -> DiskWork.convert(convert, listener));
      case DiskAction.ResizeDisk resize ->
          Desk.done(() ->
              ImageTool.resize(resize.image(), resize.format(), resize.size(), resize.shrink()));
      case DiskAction.CheckDisk check ->
          ImageTool.check(check.image(), check.format(), check.repair());
      case DiskAction.CommitDisk commit -> Desk.done(() -> DiskWork.commit(commit, listener));
      case DiskAction.RebaseDisk rebase -> Desk.done(() -> DiskWork.rebase(rebase, listener));
      case DiskAction.ServeDisk serve -> Desk.done(() -> serve(serve, listener));
      case DiskAction.StopServing() -> Desk.done(this::stopServing);
    };
  }

  private void serve(DiskAction.ServeDisk action, EventListener listener) {
    try (DiskServer made =
        DiskServer.open(
            action.image(),
            action.format(),
            action.readOnly(),
            action.settings(),
            tasks,
            clock,
            text -> listener.accept(new Event.ServingNoticed(text)))) {
      server = made;
      listener.accept(new Event.ServingBegan(made.address()));
      made.run();
    } finally {
      server = null;
    }
  }

  private void stopServing() {
    DiskServer present = server;
    if (present != null) {
      present.stop();
    }
  }
}
