package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MmioBusTest {
  private final MmioBus bus = new MmioBus();
  private final MmioAccess access = new MmioAccess();

  /** Decodes even offsets, reads back the offset, and keeps what is written. */
  private static final class Register implements MmioDevice {
    private final String name;
    private final List<Long> written = new ArrayList<>();
    private boolean locked = true;

    Register(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public boolean decodes(long offset, int size, boolean write) {
      locked &= Thread.holdsLock(this);
      return (offset & 1) == 0;
    }

    @Override
    public long read(long offset, int size) {
      locked &= Thread.holdsLock(this);
      return offset;
    }

    @Override
    public void write(long offset, int size, long value) {
      locked &= Thread.holdsLock(this);
      written.add(value);
    }
  }

  private final Register one = new Register("one");
  private final Register two = new Register("two");

  @Test
  void anAccessReachesTheDeviceThatCoversAllOfIt() {
    bus.attach(0x2000, 0x1000, two);
    bus.attach(0x1000, 0x100, one);
    assertThat(bus.perform(access.read(0x1010, 4))).isTrue();
    assertThat(access.value()).isEqualTo(0x10);
    assertThat(bus.perform(access.write(0x2ff8, 8, -1))).isTrue();
    assertThat(two.written).containsExactly(-1L);
    assertThat(bus.perform(access.read(0x10fe, 4))).isFalse();
    assertThat(bus.perform(access.read(0xffe, 4))).isFalse();
    assertThat(bus.perform(access.read(0x1100, 1))).isFalse();
    assertThat(bus.perform(access.read(-1, 8))).isFalse();
    assertThat(bus.perform(access.read(Long.MAX_VALUE, 8))).isFalse();
    assertThat(bus.unmapped()).isEqualTo(5);
  }

  @Test
  void accessesAndFaultsAreCountedByDevice() {
    bus.attach(0x1000, 0x100, one);
    bus.perform(access.read(0x1000, 4));
    bus.perform(access.read(0x1002, 4));
    bus.perform(access.write(0x1004, 4, 1));
    bus.perform(access.read(0x1001, 1));
    assertThat(bus.statistics())
        .containsExactly(new MmioBus.Statistics("one", 0x1000, 0x100, 2, 1, 1));
  }

  @Test
  void whatIsBehindAnswersWhereNothingElseDoes() {
    bus.attachBehind(0x1000, 0x1000, two);
    MmioBus.Handle handle = bus.attach(0x1100, 0x100, one);
    bus.perform(access.write(0x1100, 4, 1));
    bus.perform(access.write(0x1200, 4, 2));
    assertThat(bus.perform(access.read(0x11fe, 4))).isTrue(); // Not all of it is the other's.
    assertThat(access.value()).isEqualTo(0x1fe);
    handle.move(0x1200);
    bus.perform(access.write(0x1200, 4, 3));
    handle.close();
    bus.perform(access.write(0x1200, 4, 4));
    assertThat(one.written).containsExactly(1L, 3L);
    assertThat(two.written).containsExactly(2L, 4L);
    assertThat(bus.perform(access.read(0x1ffe, 4))).isFalse();
    assertThat(bus.statistics())
        .containsExactly(new MmioBus.Statistics("two", 0x1000, 0x1000, 1, 2, 0));
    assertThatThrownBy(() -> bus.attachBehind(0x1fff, 1, one)).hasMessageContaining("overlaps");
  }

  @Test
  void insideIsServedWhatADeviceDecodesAndNothingIsDoneForTheRest() {
    MmioBus.Handle handle = bus.attach(0x1000, 0x100, one);
    bus.attach(0x2000, 0x100, new Outside());
    assertThat(bus.performInside(access.read(0x1010, 4))).isTrue();
    assertThat(access.value()).isEqualTo(0x10);
    assertThat(bus.performInside(access.write(0x1010, 4, 7))).isTrue();
    assertThat(bus.performInside(access.write(0x1011, 4, 8))).isFalse();
    assertThat(bus.performInside(access.write(0x2000, 4, 9))).isFalse();
    assertThat(bus.performInside(access.write(0x3000, 4, 9))).isFalse();
    assertThat(bus.performInside(access.read(0x1010, 4))).isTrue();
    assertThat(bus.statistics())
        .containsExactly(
            new MmioBus.Statistics("one", 0x1000, 0x100, 2, 1, 0),
            new MmioBus.Statistics("outside", 0x2000, 0x100, 0, 0, 0));
    handle.close();
    assertThat(bus.performInside(access.write(0x1010, 4, 9))).isFalse();
    assertThat(one.written).containsExactly(7L);
    assertThat(one.locked).isTrue();
    assertThat(bus.unmapped()).isZero();
  }

  /** A device of the user's own. */
  private record Outside() implements OutsideDevice {
    @Override
    public String name() {
      return "outside";
    }

    @Override
    public boolean perform(long offset, MmioAccess access) {
      return true;
    }
  }

  @Test
  void theDevicesMonitorIsHeldAroundEachCall() {
    bus.attach(0, 0x100, one);
    bus.perform(access.read(0, 4));
    bus.perform(access.write(0, 4, 1));
    assertThat(one.locked).isTrue();
  }

  @Test
  void anOverlapIsRefusedByName() {
    bus.attach(0x1000, 0x100, one);
    assertThatThrownBy(() -> bus.attach(0x10ff, 1, two))
        .hasMessageContaining("two at 0x10ff+0x1")
        .hasMessageContaining("one at 0x1000+0x100");
    bus.attach(0x1100, 1, two);
    assertThatThrownBy(() -> bus.attach(0x3000, 0, two))
        .hasMessageContaining("not an address range");
    assertThatThrownBy(() -> bus.attach(Long.MAX_VALUE, 2, two))
        .hasMessageContaining("not an address range");
  }

  @Test
  void aFrameThatServesTwoBusesReachesEachOnesOwnDevice() {
    MmioBus other = new MmioBus();
    bus.attach(0x1000, 0x100, one);
    other.attach(0x1000, 0x100, two);
    bus.perform(access.write(0x1000, 4, 1));
    other.perform(access.write(0x1000, 4, 2));
    assertThat(one.written).containsExactly(1L);
    assertThat(two.written).containsExactly(2L);
  }

  @Test
  void everyOneOfManyDevicesIsFoundFromAnyOtherOne() {
    for (int i = 0; i < 37; i++) {
      bus.attach(i * 0x1000L, 0x800, new Register("d" + i));
    }
    for (int i = 0; i < 37 * 37; i++) {
      long offset = (i * 2L) & 0x7f8;
      assertThat(bus.perform(access.read((i % 37) * 0x1000L + offset, 8))).isTrue();
      assertThat(access.value()).isEqualTo(offset);
      assertThat(bus.perform(access.read((i % 37) * 0x1000L + 0x800, 1))).isFalse();
    }
  }

  @Test
  void whatIsClosedIsNotReachedThroughTheMemoryOfAnAccess() {
    MmioBus.Handle handle = bus.attach(0x1000, 0x100, one);
    assertThat(bus.perform(access.read(0x1010, 4))).isTrue();
    handle.close();
    assertThat(bus.perform(access.read(0x1010, 4))).isFalse();
    assertThat(bus.unmapped()).isEqualTo(1);
    assertThat(bus.statistics()).isEmpty();
    bus.attach(0x1000, 0x200, two);
    assertThat(bus.perform(access.write(0x1010, 4, 5))).isTrue();
    assertThat(two.written).containsExactly(5L);
    handle.close();
    assertThat(bus.perform(access.read(0x1010, 4))).isTrue();
  }

  @Test
  void whatIsMovedIsAtItsNewPlaceOnlyAndKeepsItsCounts() {
    MmioBus.Handle handle = bus.attach(0x1000, 0x100, one);
    bus.attach(0x3000, 0x100, two);
    bus.perform(access.write(0x1010, 4, 1));
    handle.move(0x4000);
    assertThat(bus.perform(access.write(0x1010, 4, 2))).isFalse();
    assertThat(bus.perform(access.write(0x4010, 4, 3))).isTrue();
    handle.move(0x4010);
    assertThat(bus.perform(access.read(0x4010, 4))).isTrue();
    assertThat(access.value()).isZero();
    assertThat(one.written).containsExactly(1L, 3L);
    assertThat(bus.statistics().getLast())
        .isEqualTo(new MmioBus.Statistics("one", 0x4010, 0x100, 1, 2, 0));
  }

  @Test
  void aMoveOntoAnotherDeviceIsRefusedAndChangesNothing() {
    MmioBus.Handle handle = bus.attach(0x1000, 0x100, one);
    bus.attach(0x3000, 0x100, two);
    assertThatThrownBy(() -> handle.move(0x2f01))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("one at 0x2f01", "two at 0x3000");
    assertThat(bus.perform(access.read(0x1000, 4))).isTrue();
    handle.close();
    assertThatThrownBy(() -> handle.move(0x5000)).isInstanceOf(IllegalStateException.class);
  }

  /** Moves itself when it is written to, as a PCI function does whose base address is written. */
  private static final class Mover implements MmioDevice {
    private MmioBus.Handle handle;

    @Override
    public String name() {
      return "mover";
    }

    @Override
    public boolean decodes(long offset, int size, boolean write) {
      return true;
    }

    @Override
    public long read(long offset, int size) {
      return offset;
    }

    @Override
    public void write(long offset, int size, long value) {
      handle.move(value);
    }
  }

  @Test
  void aDeviceMayMoveItselfWhileOthersReachForIt() throws InterruptedException {
    Mover mover = new Mover();
    mover.handle = bus.attach(0, 0x100, mover);
    var lost = new AtomicBoolean();
    Thread other =
        new Thread(() -> {
          var own = new MmioAccess();
          for (int i = 0; i < 20_000; i++) {
            bus.perform(own.write(i % 2 * 0x1000L, 8, (i + 1) % 2 * 0x1000L));
            lost.compareAndSet(false, bus.statistics().size() != 1);
          }
        });
    other.start();
    for (int i = 0; i < 20_000; i++) {
      bus.perform(access.write(i % 2 * 0x1000L, 8, (i + 1) % 2 * 0x1000L));
    }
    other.join();
    assertThat(lost).isFalse();
    MmioBus.Statistics end = bus.statistics().getFirst();
    assertThat(end.writes() + bus.unmapped()).isEqualTo(40_000);
  }
}
