package atoll.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuestMapTest {
  private static final long RAM = 0x8000_0000L;
  private static final long LOW = 0x0600_0000L;
  private static final long HIGH = 0x1_0000_0000L;
  private static final long PAGE = GuestMemory.PAGE_SIZE;

  private final HostMemory ram = HostMemory.allocate(4 * PAGE);
  private final HostMemory two = HostMemory.allocate(2 * PAGE);
  private final HostMemory three = HostMemory.allocate(3 * PAGE);
  private final GuestMemory memory = new GuestMemory(RAM, ram);
  private final GuestMap map = memory.map();

  @AfterEach
  void close() {
    ram.close();
    two.close();
    three.close();
  }

  @Test
  void everyMappedPageHasItsNumberAndTheFirstRamHasTheFirst() {
    memory.addWindow(LOW, two, true);
    memory.addRam(HIGH, three, List.of(new MachineExtent(0, 3 * PAGE)));
    assertThat(map.frames()).isEqualTo(9);
    List<Long> pages = new ArrayList<>();
    for (int frame = 0; frame < map.frames(); frame++) {
      long gpa = map.address(frame);
      assertThat(map.frame(gpa + 4095)).isEqualTo(frame);
      assertThat(map.hva(frame)).isEqualTo(memory.loadHva(gpa));
      pages.add(gpa);
    }
    assertThat(pages).doesNotHaveDuplicates().startsWith(RAM, RAM + PAGE);
    assertThat(map.ramFrame(LOW)).isEqualTo(GuestMap.NOWHERE);
    assertThat(map.ramFrame(HIGH)).isEqualTo(map.frame(HIGH));
    for (long gpa : new long[] {0, LOW - 1, LOW + 2 * PAGE, RAM - 1, RAM + 4 * PAGE, -1}) {
      assertThat(map.frame(gpa)).isEqualTo(GuestMap.NOWHERE);
    }
  }

  @Test
  void numbersStayWhileARangeIsMappedAndAreUsedAgainAfterwards() {
    memory.addWindow(LOW, two, true);
    memory.addWindow(HIGH, three, true);
    int high = map.frame(HIGH);
    memory.remove(LOW);
    assertThat(map.frame(HIGH)).isEqualTo(high);
    assertThat(map.has(4)).isFalse();
    assertThatThrownBy(() -> map.address(4)).isInstanceOf(IndexOutOfBoundsException.class);
    memory.addWindow(LOW + PAGE, two, true);
    assertThat(map.frame(LOW + PAGE)).isEqualTo(4);
    assertThat(map.frames()).isEqualTo(9);
  }

  @Test
  void aListenerIsAskedBeforeAndToldAfterAndCanRefuse() {
    List<String> told = new ArrayList<>();
    boolean[] refuses = {false};
    map.onChange(after -> {
      told.add("from %d to %d".formatted(map.extents().size(), after.size()));
      if (refuses[0]) {
        throw new IllegalStateException("not now");
      }
      return () -> told.add("now " + map.extents().size());
    });
    long version = map.version();
    memory.addWindow(LOW, two, true);
    assertThat(map.version()).isGreaterThan(version);
    refuses[0] = true;
    assertThatThrownBy(() -> memory.remove(LOW)).hasMessage("not now");
    assertThat(map.isFree(LOW, PAGE)).isFalse();
    refuses[0] = false;
    memory.remove(LOW);
    assertThat(told).containsExactly("from 1 to 2", "now 2", "from 2 to 1", "from 2 to 1", "now 1");
  }

  @Test
  void theFirstRamAndWhatIsNotMappedCannotBeRemoved() {
    for (long base : new long[] {RAM, LOW, RAM + PAGE}) {
      assertThatThrownBy(() -> memory.remove(base))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(Long.toHexString(base));
    }
    assertThat(map.isFree(RAM, PAGE)).isFalse();
  }
}
