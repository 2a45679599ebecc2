package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AplicTest {
  private static final int SOURCES = 40;
  private static final int DOMAIN = 0;
  private static final int ENABLE = 0x100;
  private static final int PENDING = 0x1c00;
  private static final int SET_PENDING = 0x1cdc;
  private static final int INPUTS = 0x1d00;
  private static final int CLEAR_PENDING = 0x1ddc;
  private static final int SET_ENABLED = 0x1edc;
  private static final int GENERATE = 0x3000;
  private static final int TARGET = 0x3000;
  private static final int HART = 0x4000;
  private static final int DELEGATE = 0x400;
  private static final int EDGE_HIGH = 4;
  private static final int EDGE_LOW = 5;
  private static final int LEVEL_HIGH = 6;
  private static final int LEVEL_LOW = 7;

  private final List<String> sent = new ArrayList<>();
  private final boolean[] lines = new boolean[2];

  /** Sends messages, and remembers them. */
  private record Sending(List<String> sent) implements AplicTarget {
    @Override
    public boolean byMessage() {
      return true;
    }

    @Override
    public int writable() {
      return 0x7ff;
    }

    @Override
    public void send(int target) {
      sent.add(Integer.toHexString(target));
    }

    @Override
    public int harts() {
      return 2;
    }
  }

  /** Drives lines. */
  private static final class Driving implements AplicTarget {
    private final boolean[] lines;

    private Driving(boolean[] lines) {
      this.lines = lines;
    }

    @Override
    public boolean byMessage() {
      return false;
    }

    @Override
    public int writable() {
      return 0xff;
    }

    @Override
    public void drive(int hart, boolean high) {
      lines[hart] = high;
    }

    @Override
    public int harts() {
      return lines.length;
    }
  }

  private static Aplic root(AplicTarget target) {
    return new Aplic("aplic", true, SOURCES, target, Optional.empty(), Optional.empty());
  }

  private static int get(Aplic aplic, int offset) {
    return (int) aplic.read(offset, 4);
  }

  private static void set(Aplic aplic, int offset, int value) {
    assertThat(aplic.decodes(offset, 4, true)).isTrue();
    aplic.write(offset, 4, value);
  }

  private static void open(Aplic aplic, int source, int mode, int target) {
    set(aplic, 4 * source, mode);
    set(aplic, TARGET + 4 * source, target);
    set(aplic, SET_ENABLED, source);
    set(aplic, DOMAIN, ENABLE);
  }

  @Test
  void aLevelSendsOneMessageUntilSoftwareAsksForAnother() {
    Aplic aplic = root(new Sending(sent));
    open(aplic, 7, LEVEL_HIGH, 1 << 18 | 33);
    aplic.source(7).set(true);
    assertThat(sent).containsExactly("40021");
    assertThat(get(aplic, PENDING)).isZero();
    assertThat(get(aplic, INPUTS)).isEqualTo(1 << 7);
    set(aplic, SET_PENDING, 7); // What Linux does at the end of each.
    assertThat(sent).hasSize(2);
    aplic.source(7).set(false);
    set(aplic, SET_PENDING, 7);
    assertThat(sent).hasSize(2);
  }

  @Test
  void whatIsNotEnabledWaits() {
    Aplic aplic = root(new Sending(sent));
    set(aplic, 4 * 3, EDGE_HIGH);
    set(aplic, TARGET + 4 * 3, 5);
    aplic.source(3).set(true);
    aplic.source(3).set(false);
    assertThat(get(aplic, PENDING)).isEqualTo(1 << 3);
    set(aplic, SET_ENABLED, 3);
    assertThat(sent).isEmpty();
    set(aplic, DOMAIN, ENABLE);
    assertThat(sent).containsExactly("5");
    assertThat(get(aplic, DOMAIN)).isEqualTo(0x8000_0104);
  }

  @Test
  void sourcesMayBeActiveLow() {
    Aplic aplic = root(new Sending(sent));
    open(aplic, 1, EDGE_LOW, 1);
    assertThat(sent).containsExactly("1"); // The input is low: active from the start.
    aplic.source(1).set(true);
    aplic.source(1).set(false);
    assertThat(sent).hasSize(2);
    open(aplic, 2, LEVEL_LOW, 2);
    assertThat(get(aplic, INPUTS)).isEqualTo(6);
  }

  @Test
  void aMessageCanBeGenerated() {
    Aplic aplic = root(new Sending(sent));
    set(aplic, GENERATE, 1 << 18 | 9);
    set(aplic, DOMAIN, ENABLE);
    set(aplic, GENERATE, 1 << 18 | 9);
    set(aplic, GENERATE, 99 << 18 | 9); // No such hart.
    assertThat(sent).containsExactly("40009", "9");
    assertThat(get(aplic, GENERATE)).isZero();
  }

  @Test
  void theMostUrgentInterruptIsClaimedFirst() {
    Aplic aplic = root(new Driving(lines));
    set(aplic, HART + 0x20, 1);
    open(aplic, 9, LEVEL_HIGH, 1 << 18 | 4);
    open(aplic, 11, EDGE_HIGH, 1 << 18 | 2);
    open(aplic, 12, EDGE_HIGH, 1 << 18 | 2);
    for (int source : new int[] {9, 11, 12}) {
      aplic.source(source).set(true);
    }
    assertThat(lines).containsExactly(false, true);
    assertThat(get(aplic, HART + 0x20 + 0x18)).isEqualTo(11 << 16 | 2);
    assertThat(get(aplic, HART + 0x20 + 0x1c)).isEqualTo(11 << 16 | 2);
    assertThat(get(aplic, HART + 0x20 + 0x1c)).isEqualTo(12 << 16 | 2);
    assertThat(get(aplic, HART + 0x20 + 0x1c)).isEqualTo(9 << 16 | 4);
    assertThat(lines[1]).isTrue(); // A level stays until its device is satisfied.
    set(aplic, HART + 0x20 + 8, 4); // The threshold.
    assertThat(lines[1]).isFalse();
    set(aplic, HART + 0x20 + 8, 5);
    assertThat(lines[1]).isTrue();
    aplic.source(9).set(false);
    assertThat(lines[1]).isFalse();
  }

  @Test
  void anInterruptThatIsForcedEndsWithAClaimThatFindsNone() {
    Aplic aplic = root(new Driving(lines));
    set(aplic, DOMAIN, ENABLE);
    set(aplic, HART, 1);
    set(aplic, HART + 4, 1);
    assertThat(lines[0]).isTrue();
    assertThat(get(aplic, HART + 0x1c)).isZero();
    assertThat(lines[0]).isFalse();
  }

  @Test
  void aSourceThatIsGivenAwayIsTheChilds() {
    Aplic child =
        new Aplic("s", false, SOURCES, new Driving(lines), Optional.empty(), Optional.empty());
    Aplic root =
        new Aplic("m", true, SOURCES, new Sending(sent), Optional.empty(), Optional.of(child));
    open(child, 5, LEVEL_HIGH, 1);
    assertThat(get(child, 4 * 5)).isZero(); // Not its own.
    root.source(5).set(true);
    set(root, 4 * 5, DELEGATE);
    assertThat(get(root, 4 * 5)).isEqualTo(DELEGATE);
    set(child, HART, 1);
    open(child, 5, LEVEL_HIGH, 1);
    assertThat(lines[0]).isTrue();
    set(root, 4 * 5, 0);
    assertThat(lines[0]).isFalse();
    assertThat(get(child, 4 * 5)).isZero();
    assertThat(sent).isEmpty();
  }

  @Test
  void registersOfInactiveSourcesReadAsZero() {
    Aplic aplic = root(new Sending(sent));
    set(aplic, TARGET + 4 * 4, 77);
    set(aplic, SET_ENABLED, 4);
    set(aplic, SET_PENDING, 4);
    set(aplic, 4 * 4, 2); // Reserved.
    for (int offset = 4; offset < Aplic.SIZE; offset += 4) {
      assertThat(get(aplic, offset)).isZero();
    }
    set(aplic, 4 * 4, 1); // Detached.
    set(aplic, SET_PENDING, 4);
    assertThat(get(aplic, PENDING)).isEqualTo(1 << 4);
    set(aplic, CLEAR_PENDING, 4);
    assertThat(get(aplic, PENDING)).isZero();
  }

  @Test
  void messageAddressesFollowTheRegistersAndCanBeLocked() {
    AplicMessages addresses = new AplicMessages();
    Aplic aplic =
        new Aplic("m", true, SOURCES, new Sending(sent), Optional.of(addresses), Optional.empty());
    set(aplic, 0x1bc0, 0x24000);
    set(aplic, 0x1bc8, 0x28000);
    set(aplic, 0x1bcc, 1 << 20); // Two pages a hart.
    set(aplic, 0x1bc4, 0x8000_0000 | 12 << 24 | 1 << 16 | 2 << 12); // Groups of four harts.
    assertThat(addresses.machine(3)).isEqualTo(0x2400_3000L);
    assertThat(addresses.supervisor(3)).isEqualTo(0x2800_6000L);
    assertThat(addresses.machine(5)).isEqualTo(0x2400_1000L | 1L << 36);
    set(aplic, 0x1bc0, 0);
    assertThat(get(aplic, 0x1bc0)).isEqualTo(0x24000);
    assertThat(AplicMessages.fixed(0x2800_0000L, 5).supervisor(4)).isEqualTo(0x2800_4000L);
  }

  /** Anything in any order; then the state goes into another one, which is the same. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whateverIsWrittenItGoesOnAndItsStateIsWhole(long seed) {
    Random random = new Random(seed);
    AplicTarget target = seed % 2 == 0 ? new Sending(sent) : new Driving(lines);
    Aplic aplic = root(target);
    for (int n = 0; n < 20_000; n++) {
      int offset = 4 * random.nextInt(random.nextBoolean() ? 0x2000 : 0x40);
      switch (random.nextInt(4)) {
        case 0 -> get(aplic, offset);
        case 1 -> set(aplic, offset, random.nextInt());
        case 2 -> set(aplic, offset, random.nextInt(64));
        default -> aplic.source(1 + random.nextInt(SOURCES)).set(random.nextBoolean());
      }
    }
    boolean[] before = lines.clone();
    Aplic copy = root(seed % 2 == 0 ? new Sending(sent) : new Driving(lines));
    copy.restore(aplic.state());
    assertThat(copy.state()).isEqualTo(aplic.state());
    assertThat(lines).isEqualTo(before);
  }
}
