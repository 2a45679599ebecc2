package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.ExitBudget;
import atoll.device.spi.InputPort;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioInputTest {
  private static final int KEY_A = 30;
  private static final int LEFT = 0x110;

  private final FakeScreen screen = new FakeScreen();
  private VirtioDriver driver;
  private VirtioDriver.Ring events;
  private final List<Buffer> buffers = new ArrayList<>();

  @AfterEach
  void close() {
    driver.close();
  }

  private InputPort keyboard() {
    begin(VirtioInput.keyboard(screen));
    return screen.keyboard;
  }

  private InputPort tablet() {
    begin(VirtioInput.tablet(screen));
    return screen.pointer;
  }

  private void begin(VirtioDevice device) {
    driver = new VirtioDriver(device);
    events = driver.start();
  }

  private void offer(int count) {
    for (int i = 0; i < count; i++) {
      buffers.add(driver.writable(8));
      events.add(buffers.getLast());
    }
    events.kick();
    driver.steps.run();
  }

  /** Events that have come, as type, code and value. */
  private List<String> taken() {
    driver.steps.run();
    List<String> all = new ArrayList<>();
    while (events.hasUsed()) {
      assertThat(events.take().length()).isEqualTo(8);
      ByteBuffer event =
          ByteBuffer.wrap(driver.contents(buffers.removeFirst())).order(ByteOrder.LITTLE_ENDIAN);
      all.add("%d %d %d".formatted(event.getShort(), event.getShort(), event.getInt()));
    }
    return all;
  }

  private byte[] config(int select, int subselect) {
    driver.set(CONFIG, 1, select);
    driver.set(CONFIG + 1, 1, subselect);
    byte[] data = new byte[(int) driver.get(CONFIG + 2, 1)];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) driver.get(CONFIG + 8 + i, 1);
    }
    return data;
  }

  @Test
  void aKeyboardSaysWhatItIsAndWhichKeysItHas() {
    keyboard();
    assertThat(driver.get(DEVICE_ID)).isEqualTo(18);
    assertThat(new String(config(1, 0), StandardCharsets.US_ASCII)).isEqualTo("Atoll keyboard");
    assertThat(config(3, 0)).startsWith(6, 0); // BUS_VIRTUAL
    assertThat(config(0x11, 1)).hasSize(32).startsWith(0xfe, 0xff, 0xff); // EV_KEY
    assertThat(config(0x11, 0x11)).containsExactly(7); // EV_LED
    assertThat(config(0x11, 0x14)).hasSize(1); // EV_REP
    assertThat(config(0x11, 3)).isEmpty(); // No EV_ABS.
    assertThat(config(0x12, 0)).isEmpty();
    assertThat(config(0x77, 0)).isEmpty();
    assertThat(config(1, 1)).isEmpty();
  }

  @Test
  void aTabletSaysWhereItsEdgesAre() {
    tablet();
    assertThat(config(0x11, 3)).containsExactly(3); // ABS_X and ABS_Y
    assertThat(ByteBuffer.wrap(config(0x12, 1)).order(ByteOrder.LITTLE_ENDIAN).getInt(4))
        .isEqualTo(InputPort.EDGE);
    assertThat(config(0x11, 1)).endsWith(0x1f); // BTN_LEFT to BTN_EXTRA
    assertThat(config(0x11, 0x11)).isEmpty();
  }

  @Test
  void aKeyIsReportedWhenItIsPressedAndWhenItIsLetGo() {
    InputPort keys = keyboard();
    offer(8);
    keys.press(KEY_A, true);
    assertThat(taken()).containsExactly("1 30 1", "0 0 0");
    keys.press(KEY_A, true); // It is already.
    keys.press(KEY_A, false);
    keys.press(KEY_A, false);
    assertThat(taken()).containsExactly("1 30 0", "0 0 0");
    assertThat(driver.interrupted()).isTrue();
  }

  @Test
  void whatTheDeviceDoesNotHaveIsNotReported() {
    InputPort keys = keyboard();
    offer(8);
    keys.press(0, true);
    keys.press(249, true);
    keys.press(-1, true);
    keys.press(LEFT, true);
    keys.move(1, 1);
    keys.turn(1, 1);
    assertThat(taken()).isEmpty();
  }

  @Test
  void aPointerMovesClicksAndTurnsItsWheel() {
    InputPort pointer = tablet();
    offer(8);
    pointer.move(100, 40_000);
    pointer.press(LEFT, true);
    pointer.turn(-1, 2);
    assertThat(taken())
        .containsExactly(
            "3 0 100", "3 1 32767", "0 0 0", "1 272 1", "0 0 0", "2 8 -1", "2 6 2", "0 0 0");
  }

  @Test
  void ofMovesThatNobodyHasSeenOnlyTheLastIsReported() {
    InputPort pointer = tablet();
    pointer.move(1, 1);
    pointer.move(2, 2);
    pointer.press(LEFT, true);
    pointer.move(3, 3);
    pointer.move(4, 4);
    offer(8);
    assertThat(taken())
        .containsExactly("3 0 2", "3 1 2", "0 0 0", "1 272 1", "0 0 0", "3 0 4", "3 1 4", "0 0 0");
  }

  @Test
  void aGuestThatTakesNothingLosesPressesButNoKeyStaysPressed() {
    InputPort keys = keyboard();
    for (int code = 1; code <= 248; code++) {
      keys.press(code, true);
    }
    for (int code = 1; code <= 248; code++) {
      keys.press(code, false);
    }
    TreeSet<Integer> pressed = new TreeSet<>();
    int reported = 0;
    for (int n = 0; n < 100; n++) {
      offer(8);
      for (String event : taken()) {
        String[] words = event.split(" ", -1);
        int code = Integer.parseInt(words[1]);
        if (words[0].equals("1") && words[2].equals("1")) {
          assertThat(pressed.add(code)).isTrue();
          reported++;
        } else if (words[0].equals("1")) {
          assertThat(pressed.remove(code)).isTrue();
        }
      }
    }
    assertThat(reported).isBetween(32, VirtioInput.MOST_WAITING);
    assertThat(pressed).isEmpty();
  }

  @Test
  void eventsWaitForRoomAndNothingIsSaidWithoutADriver() {
    InputPort keys = keyboard();
    keys.press(KEY_A, true);
    assertThat(taken()).isEmpty();
    offer(1);
    assertThat(taken()).containsExactly("1 30 1");
    offer(1);
    assertThat(taken()).containsExactly("0 0 0");
    driver.set(STATUS, 0);
    keys.press(31, true);
    events = driver.start();
    buffers.clear();
    offer(4);
    assertThat(taken()).isEmpty();
  }

  @Test
  void lightsOfTheKeyboardReachTheScreen() {
    keyboard();
    VirtioDriver.Ring status = driver.ring(1, 8, false);
    for (int[] light : new int[][] {{0x11, 1, 1}, {0x11, 0, 1}, {0x11, 0, 0}, {0x11, 9, 1}}) {
      status.add(
          driver.readable(
              littleEndian(
                  8,
                  b -> b.putShort((short) light[0]).putShort((short) light[1]).putInt(light[2]))));
    }
    status.add(driver.readable(littleEndian(8, b -> b.putShort((short) 0x14).putShort((short) 0))));
    status.kick();
    assertThat(screen.leds).isEqualTo(2);
    driver.set(STATUS, 0);
    assertThat(screen.leds).isZero();
  }

  @Test
  void buffersThatAreTooSmallBreakTheDevice() {
    InputPort keys = keyboard();
    events.add(driver.writable(7));
    events.kick();
    keys.press(KEY_A, true);
    driver.steps.run();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isNotZero();
    assertThat(driver.mmio.statistics().lastFault()).contains("a buffer of 7 bytes");
    driver.close();
    keyboard();
    VirtioDriver.Ring status = driver.ring(1, 8, false);
    status.add(driver.readable(new byte[7]));
    status.kick();
    assertThat(driver.mmio.statistics().lastFault()).contains("a status event of 7 bytes");
  }

  @Test
  void whatWaitsAndIsPressedGoesOnInTheRestoredMachine() {
    InputPort keys = keyboard();
    offer(2);
    keys.press(KEY_A, true);
    assertThat(taken()).hasSize(2);
    keys.press(31, true);
    driver.set(CONFIG, 1, 0x11);
    FakeScreen other = new FakeScreen();
    Steps steps = new Steps();
    VirtioMmio copy =
        new VirtioMmio("copy", VirtioInput.keyboard(other), driver.memory, high -> {}, steps);
    copy.restore(driver.mmio.state());
    assertThat(copy.state()).isEqualTo(driver.mmio.state());
    other.keyboard.press(KEY_A, true); // It is already.
    other.keyboard.press(KEY_A, false);
    for (int i = 0; i < 4; i++) {
      buffers.add(driver.writable(8));
      events.add(buffers.getLast());
    }
    copy.write(QUEUE_NOTIFY, 4, 0);
    steps.run();
    assertThat(taken()).containsExactly("1 31 1", "0 0 0", "1 30 0", "0 0 0");
  }

  @Test
  void aSavedStateWithMoreThanThereIsRoomForIsRefused() {
    keyboard();
    assertThatThrownBy(() ->
            new VirtioInput.State(
                0, 0, Collections.nCopies(257, new VirtioInput.Event(0, 0, 0)), List.of(), 0))
        .hasMessageContaining("257 events");
  }

  @Test
  void aFullQueueOfEventsIsToldInShortSteps() {
    InputPort keys = keyboard();
    for (int code = 1; code <= 60; code++) {
      keys.press(code, true);
    }
    driver.negotiate(driver.offered());
    events = driver.ring(0, 64, false);
    driver.ok();
    for (int code = 1; code <= 30; code++) {
      screen.keyboard.press(code, true);
    }
    buffers.clear();
    offer(60);
    assertThat(taken()).hasSize(60);
    assertThat(driver.steps.longest).isLessThan(2 * ExitBudget.UNITS);
  }

  @Test
  void buttonsAreKeysThatNobodyRepeats() {
    InputPort[] plugged = new InputPort[1];
    begin(VirtioInput.buttons(List.of(116, 0x100), port -> plugged[0] = port));
    assertThat(new String(config(1, 0), StandardCharsets.US_ASCII)).isEqualTo("Atoll buttons");
    byte[] keys = config(0x11, 1); // EV_KEY
    assertThat(keys).hasSize(33);
    assertThat(keys[14]).isEqualTo((byte) 0x10);
    assertThat(keys[32]).isEqualTo((byte) 1);
    assertThat(config(0x11, 0x14)).isEmpty(); // no EV_REP
    assertThat(config(0x11, 0x11)).isEmpty(); // no EV_LED
    assertThat(plugged[0].driven()).isTrue();
    plugged[0].press(KEY_A, true); // none of its
    plugged[0].press(116, true);
    plugged[0].press(116, false);
    offer(8);
    assertThat(taken()).containsExactly("1 116 1", "0 0 0", "1 116 0", "0 0 0");
  }
}
