package atoll.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostMemory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuestMemoryTest {
  private static final long RAM = 0x8000_0000L;
  private static final long WINDOW = 0x0600_0000L;
  private static final long PAGE = GuestMemory.PAGE_SIZE;

  private final HostMemory ram = HostMemory.allocate(4 * PAGE);
  private final HostMemory shared = HostMemory.allocate(2 * PAGE);
  private final GuestMemory memory = new GuestMemory(RAM, ram);

  @AfterEach
  void close() {
    ram.close();
    shared.close();
  }

  @Test
  void windowIsReachedByEveryCheckedMethod() {
    memory.addWindow(WINDOW, shared, true);
    memory.putByte(WINDOW, (byte) 0x11);
    memory.putShort(WINDOW + 2, (short) 0x2222);
    memory.putInt(WINDOW + 4, 0x3333_3333);
    memory.putLong(WINDOW + 8, 0x4444_4444_4444_4444L);
    memory.write(WINDOW + 16, new byte[] {5, 6});
    assertThat(memory.getByte(WINDOW)).isEqualTo((byte) 0x11);
    assertThat(memory.getShort(WINDOW + 2)).isEqualTo((short) 0x2222);
    assertThat(memory.getInt(WINDOW + 4)).isEqualTo(0x3333_3333);
    assertThat(memory.getLong(WINDOW + 8)).isEqualTo(0x4444_4444_4444_4444L);
    assertThat(memory.read(WINDOW + 16, 2)).containsExactly(5, 6);
    assertThat(memory.slice(WINDOW, 2 * PAGE).byteSize()).isEqualTo(2 * PAGE);
    assertThat(memory.loadHva(WINDOW + PAGE)).isEqualTo(shared.address() + PAGE);
    assertThat(memory.storeHva(WINDOW + PAGE)).isEqualTo(shared.address() + PAGE);
  }

  @Test
  void windowIsNoRamForDevicesCodeAndPageTables() {
    memory.addWindow(WINDOW, shared, true);
    assertThat(memory.contains(WINDOW, 1)).isFalse();
    assertThat(memory.hva(WINDOW)).isZero();
    assertThat(memory.hva(RAM)).isEqualTo(ram.address());
  }

  @Test
  void devicesReachWindowsThatStayAndMayBeWrittenTo() {
    memory.addWindow(WINDOW, shared, true);
    assertThat(memory.reaches(WINDOW, 2 * PAGE, true)).isTrue();
    assertThat(memory.reaches(WINDOW, 2 * PAGE + 1, false)).isFalse();
    memory.remove(WINDOW);
    memory.addWindow(WINDOW, shared, false);
    assertThat(memory.reaches(WINDOW, 1, true)).isFalse();
    assertThat(memory.reaches(WINDOW, 1, false)).isTrue();
    memory.remove(WINDOW);
    memory.addMovingWindow(
        WINDOW, shared, true, List.of(new MachineExtent(WINDOW, shared.segment().byteSize())));
    assertThat(memory.reaches(WINDOW, 1, true)).isFalse();
    assertThat(memory.reaches(WINDOW, 1, false)).isFalse();
    assertThat(memory.storeHva(WINDOW)).isEqualTo(shared.address());
  }

  /** Protects the second page, and notes how many writes are under way. */
  private static final class Protection implements PageGuards.Gate {
    private int underWay;

    @Override
    public boolean beginWrite(long gpa, long length) {
      boolean may = gpa + length <= RAM + PAGE || gpa >= RAM + 2 * PAGE;
      underWay += may ? 1 : 0;
      return may;
    }

    @Override
    public void endWrite(long gpa, long length) {
      underWay--;
    }
  }

  @Test
  void writesToAProtectedPageHaveNoEffect() {
    Protection protection = new Protection();
    memory.guards().attach(protection);
    memory.log().start();
    memory.putByte(RAM + PAGE, (byte) 1);
    memory.putShort(RAM + PAGE, (short) 1);
    memory.putInt(RAM + PAGE, 1);
    memory.putLong(RAM + PAGE, 1);
    memory.write(RAM + PAGE - 8, new byte[16]);
    assertThat(memory.getLong(RAM + PAGE)).isZero();
    assertThat(memory.log().collect().count()).isZero();
    assertThat(memory.writable(RAM + PAGE - 8, 8)).isTrue();
    assertThat(memory.writable(RAM + PAGE - 8, 9)).isFalse();
    memory.putLong(RAM + 2 * PAGE, 7);
    assertThat(memory.getLong(RAM + 2 * PAGE)).isEqualTo(7);
    assertThat(memory.log().collect().count()).isEqualTo(1);
    assertThat(protection.underWay).isZero();
  }

  @Test
  void readOnlyWindowTakesNoStores() {
    memory.addWindow(WINDOW, shared, false);
    assertThat(memory.getLong(WINDOW)).isZero();
    assertThat(memory.loadHva(WINDOW)).isEqualTo(shared.address());
    assertThat(memory.storeHva(WINDOW)).isZero();
    assertThatThrownBy(() -> memory.putInt(WINDOW, 1)).hasMessageContaining("read-only");
    assertThatThrownBy(() -> memory.write(WINDOW, new byte[1])).hasMessageContaining("read-only");
    assertThat(memory.slice(WINDOW, PAGE).isReadOnly()).isTrue();
    assertThat(memory.getInt(WINDOW)).isZero();
  }

  @Test
  void accessAcrossTheEdgeOfAWindowOrOutsideIsRefused() {
    memory.addWindow(WINDOW, shared, true);
    long end = WINDOW + 2 * PAGE;
    for (long gpa : new long[] {WINDOW - 1, WINDOW - 4, end - 7, end, 0, -8, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> memory.getLong(gpa)).isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThat(memory.loadHva(WINDOW - 1)).isZero();
    assertThat(memory.loadHva(end)).isZero();
    assertThatThrownBy(() -> memory.slice(WINDOW, 2 * PAGE + 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void windowsOverlapNeitherRamNorOneAnother() {
    memory.addWindow(WINDOW, shared, true);
    for (long base : new long[] {WINDOW - PAGE, WINDOW, WINDOW + PAGE, RAM - PAGE, RAM + PAGE}) {
      assertThat(memory.map().isFree(base, 2 * PAGE)).isFalse();
      assertThatThrownBy(() -> memory.addWindow(base, shared, true))
          .hasMessageContaining("overlaps", Long.toHexString(base));
    }
    for (long base : new long[] {WINDOW - 2 * PAGE, WINDOW + 2 * PAGE, RAM - 2 * PAGE}) {
      assertThat(memory.map().isFree(base, 2 * PAGE)).isTrue();
    }
    assertThatThrownBy(() -> memory.addWindow(WINDOW + 8, shared, true))
        .hasMessageContaining("page-aligned");
  }

  @Test
  void addedRamIsRamAndCanBeTakenAwayAgain() {
    memory.addRam(WINDOW, shared, List.of(new MachineExtent(0, 2 * PAGE)));
    assertThat(memory.contains(WINDOW, 2 * PAGE)).isTrue();
    assertThat(memory.hva(WINDOW + PAGE)).isEqualTo(shared.address() + PAGE);
    memory.putLong(WINDOW + PAGE, 7);
    assertThat(memory.getLong(WINDOW + PAGE)).isEqualTo(7);
    memory.remove(WINDOW);
    assertThat(memory.contains(WINDOW, 1)).isFalse();
    assertThat(memory.hva(WINDOW)).isZero();
    assertThatThrownBy(() -> memory.getLong(WINDOW)).isInstanceOf(IndexOutOfBoundsException.class);
  }
}
