package atoll.vmm;

import atoll.device.ButtonPanel;
import atoll.device.InterruptLine;
import atoll.device.SifiveGpio;
import atoll.device.spi.InputPort;
import atoll.host.Clock;
import atoll.host.Timers;
import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The front of a machine as whoever stands before it has it: presses buttons, sees LEDs. */
final class Panel {
  private final String machine;
  private final FrontPanel description;
  private final ButtonPanel buttons;
  private final List<Lamp> lamps = new ArrayList<>();

  @Unsaved("plugged in as it was made")
  private volatile Optional<InputPort> keys = Optional.empty();

  /** An LED; written under the monitor of the GPIO controller. */
  private static final class Lamp implements InterruptLine {
    final String name;
    private final LedListener listener;

    @Unsaved("as the GPIO controller drives it")
    private volatile boolean lit;

    @Unsaved("for statistics")
    private volatile long changes;

    Lamp(String name, LedListener listener) {
      this.name = name;
      this.listener = listener;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time
    public void set(boolean high) {
      if (lit != high) {
        lit = high;
        changes++;
        listener.changed(name, high);
      }
    }

    PanelReport.Led report() {
      return new PanelReport.Led(name, lit, changes);
    }
  }

  /**
   * Wires one.
   *
   * @param machine its name
   * @param gpio whose pins it has
   * @param first the first of them
   * @param clock whose time presses last
   * @param listener told of LEDs
   */
  Panel(
      String machine,
      FrontPanel description,
      SifiveGpio gpio,
      int first,
      Clock clock,
      Timers timers,
      LedListener listener) {
    this.machine = machine;
    this.description = description;
    int count = description.buttons().size();
    buttons =
        new ButtonPanel(
            IntStream.range(0, count)
                .mapToObj(n ->
                    new ButtonPanel.Wiring(
                        description.buttons().get(n).code(), gpio.pin(first + n)))
                .toList(),
            clock,
            timers);
    for (String led : description.leds()) {
      Lamp lamp = new Lamp(led, listener);
      gpio.output(first + count + lamps.size(), lamp);
      lamps.add(lamp);
    }
  }

  /** What has the state of its buttons. */
  ButtonPanel buttons() {
    return buttons;
  }

  /** Numbers of the buttons' keys. */
  List<Integer> codes() {
    return description.buttons().stream().map(FrontPanel.Button::code).toList();
  }

  /** Plugs the input device in whose keys the buttons are. */
  void plug(InputPort port) {
    keys = Optional.of(port);
    buttons.plug(port);
  }

  /**
   * Presses a button.
   *
   * @throws VmException if there is none of that name
   */
  void press(String button, long nanos) {
    buttons.press(number(button), nanos);
  }

  /**
   * Lets a button go.
   *
   * @throws VmException if there is none of that name
   */
  void release(String button) {
    buttons.release(number(button));
  }

  private int number(String name) {
    List<String> names = description.buttons().stream().map(FrontPanel.Button::name).toList();
    int number = names.indexOf(name);
    if (number < 0) {
      throw new VmException(
          "%s has no button '%s'; its buttons are %s".formatted(machine, name, names));
    }
    return number;
  }

  PanelReport report() {
    List<PanelReport.Button> held = new ArrayList<>();
    for (FrontPanel.Button button : description.buttons()) {
      held.add(new PanelReport.Button(button.name(), button.code(), buttons.held(held.size())));
    }
    boolean heard = keys.filter(InputPort::driven).isPresent();
    return new PanelReport(held, lamps.stream().map(Lamp::report).toList(), heard);
  }
}
