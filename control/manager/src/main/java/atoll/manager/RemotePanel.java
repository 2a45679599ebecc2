package atoll.manager;

import atoll.device.spi.TemperatureSource;
import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.image.RefusedException;
import atoll.line.FarAddress;
import atoll.line.FarLink;
import atoll.line.FarSecurity;
import atoll.scenario.VmDescription;
import atoll.vmm.VmException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The front of a virtual machine that is elsewhere: lines of text press its buttons and say what
 * its sensors measure, and tell what its LEDs show ({@code docs/remote-devices.md}). When the far
 * side goes, what it has held is let go, and what it has measured is not known any more.
 */
final class RemotePanel implements FarLink.Listener, AutoCloseable {
  /** Bytes of the longest line. */
  private static final int MOST_LINE = 128;

  private static final Pattern LINE =
      Pattern.compile(
          "(?:(press) ([a-z][a-z0-9-]{0,30})(?: (\\d{1,6}))?|(hold|release) ([a-z][a-z0-9-]{0,30})|(sensor) ([a-z][a-z0-9-]{0,30}) (-?\\d{1,3}(?:\\.\\d{1,3})?|unknown))");
  private static final String EXPECTED =
      "expected press BUTTON [MILLISECONDS], hold BUTTON, release BUTTON or sensor NAME DEGREES";
  private static final long USUAL_PRESS = 100;

  private final VmDescription vm;
  private final Consumer<String> notices;
  private final FarLink link;
  private final Map<String, Integer> measured = new ConcurrentHashMap<>();
  private final ByteBuffer line = ByteBuffer.allocate(MOST_LINE);

  /** What the present far side holds; for the link's thread. */
  private final Set<String> held = new TreeSet<>();

  private volatile Optional<VmControls> controls = Optional.empty();

  /**
   * Begins to connect, or to listen.
   *
   * @param clock the host's
   * @param notices told when the far side comes and goes
   * @throws HostException if it cannot listen there
   */
  RemotePanel(
      VmDescription vm,
      FarAddress address,
      FarSecurity security,
      Tasks tasks,
      Clock clock,
      Consumer<String> notices) {
    this.vm = vm;
    this.notices = notices;
    link = new FarLink(vm.name() + "/panel", address, security, tasks, clock, this);
    link.open();
  }

  /** From now on there is a machine whose front it is; the far side may be there already. */
  void connect(VmControls machine) {
    controls = Optional.of(machine);
    tellLeds();
  }

  /** What a sensor measures. */
  TemperatureSource sensor(String name) {
    return () -> {
      Integer known = measured.get(name);
      return known == null ? OptionalInt.empty() : OptionalInt.of(known);
    };
  }

  /** An LED has gone on or off. */
  void led(String name, boolean lit) {
    say("led %s %s".formatted(name, lit ? "on" : "off"));
  }

  private void say(String text) {
    boolean ignored = link.send(ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  // ------------------------------------------------------------ the link's thread

  @Override
  public void up(String peer) {
    notices.accept("the far side of the front is there: " + peer);
    line.clear();
    tellLeds();
  }

  private void tellLeds() {
    if (!vm.panel().leds().isEmpty()) {
      controls
          .map(RemotePanel::lit)
          .ifPresent(lit -> vm.panel().leds().forEach(led -> led(led, lit.contains(led))));
    }
  }

  private static Set<String> lit(VmControls machine) {
    try {
      return Set.copyOf(machine.panel().lit());
    } catch (RefusedException | VmException e) {
      return Set.of(); // There is no life now, and all LEDs are dark.
    }
  }

  @Override
  public void down(String why) {
    measured.clear();
    held.forEach(button -> perform(() -> controls.orElseThrow().release(button)));
    held.clear();
    notices.accept("the far side of the front is gone: %s; it may return".formatted(why));
  }

  @Override
  public void trouble(String why) {
    notices.accept("front: " + why);
  }

  @Override
  public void received(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      byte next = bytes.get();
      if (next == '\n') {
        take(new String(line.array(), 0, line.position(), StandardCharsets.UTF_8).strip());
        line.clear();
      } else if (line.hasRemaining()) {
        line.put(next);
      } else {
        throw new IOException("it has sent a line of more than %d bytes".formatted(MOST_LINE));
      }
    }
  }

  private void take(String text) {
    Matcher found = LINE.matcher(text);
    if (text.isEmpty()) {
      return;
    }
    if (!found.matches()) {
      refuse("'%s' is not understood, %s".formatted(text, EXPECTED));
    } else if (found.group(1) != null) {
      press(found.group(2), found.group(3));
    } else if (found.group(4) != null) {
      hold(found.group(5), found.group(4).equals("hold"));
    } else {
      measure(found.group(7), found.group(8));
    }
  }

  private void press(String button, String time) {
    long millis = time == null ? USUAL_PRESS : Math.max(1, Long.parseLong(time));
    perform(() -> controls.orElseThrow().press(button, Duration.ofMillis(millis).toNanos()));
  }

  private void hold(String button, boolean down) {
    if (down) {
      if (perform(() -> controls.orElseThrow().press(button, Long.MAX_VALUE))) {
        held.add(button);
      }
    } else {
      boolean ignored = perform(() -> controls.orElseThrow().release(button));
      held.remove(button);
    }
  }

  private void measure(String sensor, String degrees) {
    if (!vm.sensors().contains(sensor)) {
      refuse(
          "%s has no sensor '%s', expected one of %s".formatted(vm.name(), sensor, vm.sensors()));
    } else if (degrees.equals("unknown")) {
      measured.remove(sensor);
    } else {
      measured.put(sensor, new BigDecimal(degrees).movePointRight(3).intValueExact());
    }
  }

  /** What is not possible is told to the far side, and nothing else comes of it. */
  private boolean perform(Runnable step) {
    if (controls.isEmpty()) {
      refuse(vm.name() + " does not run yet");
      return false;
    }
    try {
      step.run();
      return true;
    } catch (RefusedException | VmException e) {
      refuse(e.getMessage());
      return false;
    }
  }

  private void refuse(String why) {
    say("error " + why);
  }

  @Override
  public void close() {
    link.close();
  }
}
