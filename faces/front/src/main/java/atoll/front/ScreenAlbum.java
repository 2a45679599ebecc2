package atoll.front;

import atoll.console.OutputFile;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.manager.BoardAction;
import atoll.manager.Manager;
import atoll.manager.Screenshot;
import atoll.manager.SystemAction;
import atoll.scenario.TimeAmount;
import atoll.server.ControlClient;
import atoll.server.ControlClient.RefusalException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The pictures of a VM's display that {@code --screenshot} asks for. */
final class ScreenAlbum {
  private static final String WHAT = "the picture of the display";

  private final String vm;
  private final List<Page> pages = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  /** A picture that is still to be taken. */
  private record Page(ShotArgument shot, OutputStream file) {
    Duration time() {
      return shot.time().orElseThrow();
    }
  }

  /**
   * Opens the files.
   *
   * @throws HostException if one cannot be written
   */
  ScreenAlbum(String vm, List<ShotArgument> shots) {
    this.vm = vm;
    shots.forEach(shot -> pages.add(new Page(shot, OutputFile.open(shot.file(), WHAT))));
  }

  /** One for a run without pictures. */
  static ScreenAlbum none() {
    return new ScreenAlbum("", List.of());
  }

  /**
   * Waits for the end of the system, and takes meanwhile what has a time.
   *
   * @return false if it has not ended after {@code limit}
   */
  boolean await(Manager manager, Duration limit) {
    List<Page> timed =
        pages.stream()
            .filter(page -> page.shot.time().isPresent())
            .filter(page -> page.time().compareTo(limit) <= 0)
            .sorted(Comparator.comparing(Page::time))
            .toList();
    Duration passed = Duration.ZERO;
    for (Page page : timed) {
      if (manager.perform(new SystemAction.AwaitSystem(page.time().minus(passed)))) {
        return true;
      }
      passed = page.time();
      take(page, manager);
    }
    return manager.perform(new SystemAction.AwaitSystem(limit.minus(passed)));
  }

  /** Takes the others; the system has ended, or will soon. */
  List<String> finish(Manager manager) {
    for (Page page : List.copyOf(pages)) {
      if (page.shot.time().isEmpty()) {
        take(page, manager);
      } else {
        pages.remove(page);
        remarks.add(
            "%s is empty: the end came before %s had passed"
                .formatted(page.shot.file(), TimeAmount.format(page.time())));
        close(page);
      }
    }
    return remarks;
  }

  private void take(Page page, Manager manager) {
    pages.remove(page);
    try {
      Screenshot shot = manager.perform(new BoardAction.TakeScreenshot(vm));
      write(shot, page.file);
    } catch (IOException e) {
      remarks.add(lost(page.shot.file(), e));
    } catch (RefusedException e) {
      remarks.add(e.getMessage());
      close(page);
    }
  }

  private static void close(Page page) {
    try {
      page.file.close();
    } catch (IOException e) {
      // Nothing was written.
    }
  }

  private static void write(Screenshot shot, OutputStream file) throws IOException {
    try (OutputStream to = file) {
      to.write(shot.png().toArray());
    }
  }

  private static String lost(Path file, IOException e) {
    return "%s in %s is lost: %s".formatted(WHAT, file, HostException.reason(e));
  }

  /** Takes a picture now; returns a sentence about it. */
  static String take(Manager manager, String vm, Path file) {
    return keep(manager.perform(new BoardAction.TakeScreenshot(vm)), vm, file);
  }

  /** The same of a VM in another process. */
  static String take(ControlClient client, String vm, Path file) throws RefusalException {
    return keep(client.screenshot(vm), vm, file);
  }

  private static String keep(Screenshot shot, String vm, Path file) {
    try {
      write(shot, OutputFile.open(file, WHAT));
    } catch (IOException e) {
      throw new HostException(lost(file, e), e);
    }
    return "%s has the picture, %d x %d pixels%s"
        .formatted(
            file,
            shot.width(),
            shot.height(),
            shot.lit() ? "" : "; it is the last one, and %s shows none now".formatted(vm));
  }
}
