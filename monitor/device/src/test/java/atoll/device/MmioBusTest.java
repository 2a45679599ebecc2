package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
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
}
