package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.HostMemory;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.memory.MachineExtent;
import atoll.testkit.MachineFixture;
import atoll.testkit.PageTables;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A page of a device that was found once is known as a page of memory in the TLB is: no longer, and
 * for nobody else (priv 10.3.2, 3.7.2).
 */
class DevicePagesTest extends Translated {
  private static final long VA = 0x4000_0000L;
  private static final long DEVICE = 0x1000_0000L;
  private static final long OTHER = 0x1020_0000L;
  private static final long MEGAPAGE = 1L << 21;
  private static final long BITS = PageTables.ALL;

  /** Where the last access has reached a device; 0 since {@link #reach} began. */
  private long reached;

  @BeforeEach
  void devices() {
    translate(3);
    m.device((write, address, size, value) -> {
      reached = address;
      return write ? 0 : address;
    });
  }

  private long reach(int kind, long va, int mode) {
    reached = 0;
    assertThat(access(kind, va, mode)).isEqualTo(FINE);
    return reached;
  }

  private void mapAndUse(long pa, long bits) {
    tables.map(VA, pa, bits);
    flush();
    assertThat(reach(READ, VA, S)).isEqualTo(pa);
    assertThat(reach(WRITE, VA, S)).isEqualTo(pa);
  }

  @Test
  void onlyTheFirstLoadAndTheFirstStoreWalk() {
    mapAndUse(DEVICE, BITS);
    long walks = m.hart().tableWalks();
    for (long offset = 0; offset < 4096; offset += 256) {
      assertThat(reach(READ, VA + offset, S)).isEqualTo(DEVICE + offset);
      assertThat(m.x("a1")).isEqualTo(DEVICE + offset);
      assertThat(reach(WRITE, VA + offset, S)).isEqualTo(DEVICE + offset);
    }
    assertThat(m.hart().tableWalks()).isEqualTo(walks);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sfence.vma",
        "li a0, 0x40000000; sfence.vma a0",
        "li a1, 0; sfence.vma zero, a1",
        "li a0, 0x40000ff8; li a1, 0; sfence.vma a0, a1"
      })
  void aFenceForgetsThem(String fence) {
    mapAndUse(DEVICE, BITS);
    tables.map(VA, OTHER, BITS);
    m.runToBreak(fence);
    assertThat(reach(READ, VA, S)).isEqualTo(OTHER);
    assertThat(reach(WRITE, VA, S)).isEqualTo(OTHER);
    tables.map(VA, OTHER, 0);
    m.runToBreak(fence);
    assertThat(access(READ, VA, S)).isEqualTo(pageFault(READ));
    assertThat(access(WRITE, VA, S)).isEqualTo(pageFault(WRITE));
  }

  @Test
  void aFenceAnywhereInASuperpageForgetsAllOfIt() {
    tables.map(VA, DEVICE, BITS, 1);
    flush();
    assertThat(reach(READ, VA + 0x3000, S)).isEqualTo(DEVICE + 0x3000);
    tables.map(VA, OTHER, BITS, 1);
    m.runToBreak("li a0, 0x40100000; sfence.vma a0");
    assertThat(reach(READ, VA + 0x3000, S)).isEqualTo(OTHER + 0x3000);
    assertThat(reach(READ, VA + MEGAPAGE - 8, S)).isEqualTo(OTHER + MEGAPAGE - 8);
  }

  @Test
  void aPageBecomesMemoryAndADeviceAgain() {
    mapAndUse(DEVICE, BITS);
    tables.map(VA, FRAME, BITS);
    flush();
    assertThat(reach(READ, VA + 8, S)).isZero();
    assertThat(m.x("a1")).isEqualTo(0x1000);
    assertThat(reach(WRITE, VA + 8, S)).isZero();
    mapAndUse(OTHER, BITS);
  }

  @Test
  void loadsAndStoresHaveRightsOfTheirOwn() {
    tables.map(VA, DEVICE, BITS & ~PageTables.W);
    flush();
    assertThat(reach(READ, VA, S)).isEqualTo(DEVICE);
    assertThat(access(WRITE, VA, S)).isEqualTo(pageFault(WRITE));
    assertThat(reach(READ, VA, S)).isEqualTo(DEVICE);
  }

  @Test
  void aModeDoesNotSeeWhatAnotherHasFound() {
    mapAndUse(DEVICE, BITS);
    assertThat(access(READ, VA, U)).isEqualTo(pageFault(READ));
    tables.map(VA, DEVICE, BITS | PageTables.U);
    flush();
    assertThat(reach(READ, VA, U)).isEqualTo(DEVICE);
    assertThat(access(READ, VA, S)).isEqualTo(pageFault(READ));
    setStatus(SUM);
    assertThat(reach(READ, VA, S)).isEqualTo(DEVICE);
    clearStatus(SUM);
    assertThat(access(READ, VA, S)).isEqualTo(pageFault(READ));
  }

  @Test
  void anAddressSpaceDoesNotSeeWhatAnotherHasFound() {
    mapAndUse(DEVICE, BITS);
    long first = m.csr(CsrNumber.SATP);
    PageTables others = new PageTables(m.memory(), 3, MachineFixture.TABLES + 0x40000);
    others.map(VA, OTHER, BITS);
    m.csr(CsrNumber.SATP, others.satp(1));
    assertThat(reach(READ, VA, S)).isEqualTo(OTHER);
    assertThat(reach(WRITE, VA, S)).isEqualTo(OTHER);
    m.csr(CsrNumber.SATP, first);
    assertThat(reach(READ, VA, S)).isEqualTo(DEVICE);
  }

  @Test
  void physicalProtectionForgetsThem() {
    mapAndUse(DEVICE, BITS);
    m.csr(CsrNumber.PMPADDR0, DEVICE + 0x800 >>> 2 | 0xff); // half of the page
    m.csr(CsrNumber.PMPCFG0, m.csr(CsrNumber.PMPCFG0) & ~0xffL | 0x18);
    assertThat(access(READ, VA + 0x800, S)).isEqualTo(accessFault(READ));
    assertThat(reach(READ, VA, S)).isEqualTo(DEVICE);
    assertThat(access(READ, VA + 0x800, S)).isEqualTo(accessFault(READ));
    assertThat(access(WRITE, VA + 0x800, S)).isEqualTo(accessFault(WRITE));
  }

  @Test
  void misalignedAccessesFaultHoweverOftenTheyAreTried() {
    tables.map(VA + 4096, DEVICE + 4096, BITS);
    mapAndUse(DEVICE, BITS);
    for (int i = 0; i < 3; i++) {
      for (long offset : new long[] {1, 4, 4092}) {
        reached = 0;
        assertThat(access(READ, VA + offset, S)).isEqualTo(Cause.LOAD_ACCESS_FAULT);
        assertThat(access(WRITE, VA + offset, S)).isEqualTo(Cause.STORE_ACCESS_FAULT);
        assertThat(reached).isZero();
      }
    }
  }

  @Test
  void memoryThatIsAddedTakesTheirPlace() {
    long added = 0x9000_0000L;
    mapAndUse(added, BITS);
    try (HostMemory ram = HostMemory.allocate(4096)) {
      m.memory().addRam(added, ram, List.of(new MachineExtent(added, 4096)));
      assertThat(reach(WRITE, VA, S)).isZero();
      assertThat(reach(READ, VA, S)).isZero();
      m.memory().remove(added);
      assertThat(reach(READ, VA, S)).isEqualTo(added);
    }
  }

  @Test
  void morePagesThanAreRememberedAreFoundAllTheSame() {
    for (long page = 0; page < 40; page++) {
      tables.map(VA + page * 4096, DEVICE + (39 - page) * 4096, BITS);
    }
    flush();
    for (int round = 0; round < 3; round++) {
      for (long page = 0; page < 40; page++) {
        assertThat(reach(READ, VA + page * 4096, S)).isEqualTo(DEVICE + (39 - page) * 4096);
      }
    }
  }
}
