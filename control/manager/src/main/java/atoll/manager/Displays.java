package atoll.manager;

import atoll.device.spi.DisplayBackend;
import atoll.display.Frame;
import atoll.display.Png;
import atoll.display.Screen;
import atoll.display.VncServer;
import atoll.display.VncSettings;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.scenario.DisplayDescription;
import atoll.scenario.VmDescription;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The screens of a system's virtual machines, and those who look at them from outside. */
final class Displays implements AutoCloseable {
  private final Clock clock;
  private final Effects effects;
  private final Map<String, Screen> screens = new HashMap<>();
  private final List<VncServer> servers = new ArrayList<>();

  /**
   * Has none yet.
   *
   * @param clock the host's
   */
  Displays(Clock clock, Effects effects) {
    this.clock = clock;
    this.effects = effects;
  }

  /**
   * Makes the screen of a virtual machine that is to have one.
   *
   * @param notices told what a person should know though it goes on
   * @throws HostException if viewers cannot be served where they are to be
   */
  Optional<DisplayBackend> plug(VmDescription vm, Consumer<String> notices) {
    return vm.display().map(display -> plug(vm.name(), display, notices));
  }

  private DisplayBackend plug(String vm, DisplayDescription display, Consumer<String> notices) {
    Screen screen = new Screen(display.size());
    display
        .vnc()
        .ifPresent(listen ->
            servers.add(
                VncServer.open(
                    screen,
                    new VncSettings(listen, display.password().map(Displays::password)),
                    vm,
                    clock,
                    effects.tasks(),
                    effects.ofMachine().entropy(),
                    notices)));
    screens.put(vm, screen);
    return screen;
  }

  /** A file's first line. */
  private static String password(Path file) {
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      String line = lines.readLine();
      if (line == null || line.isEmpty()) {
        throw new RefusedException(
            "the first line of %s is empty, expected the password for viewers".formatted(file));
      }
      return line;
    } catch (IOException e) {
      throw new RefusedException(
          "the password for viewers in %s cannot be read: %s"
              .formatted(file, HostException.reason(e)),
          e);
    }
  }

  /** What the display of a virtual machine shows. */
  Screenshot shot(String vm) {
    Screen screen = screens.get(vm);
    if (screen == null) {
      throw new RefusedException(
          vm + " has no display; give it one, with --display or with display: in its scenario");
    }
    boolean lit = screen.lit();
    Frame frame = screen.frame();
    byte[] png = Png.of(frame);
    return new Screenshot(frame.width(), frame.height(), lit, Bytes.of(png, 0, png.length));
  }

  @Override
  public void close() {
    servers.forEach(VncServer::close);
  }
}
