package atoll.tests;

import atoll.engine.MmuKind;
import org.junit.jupiter.api.Nested;

/** What the architecture demands of translation, if every miss is an exit to the kernel. */
class VirtualTlbTest {
  @Nested
  class Paging extends PagingTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class Fences extends AddressFenceTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class Mprv extends MprvTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class Pmp extends PmpTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class Atomics extends AtomicTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class LoadsAndStores extends LoadStoreTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class CacheBlocks extends CacheBlockTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class Traps extends TrapTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class TwoStages extends TwoStageTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class GuestAccesses extends GuestAccessTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class CodeReads extends CodeReadProtectionTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class PhysicalRights extends PhysicalRightsTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class WalkRights extends WalkRightsTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  /** Instructions that are executed anew after an exit are shown once. */
  @Nested
  class Traces extends TraceTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class DirtyPages extends DirtyHartTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class MapChanges extends MapChangeTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }

  @Nested
  class DevicePages extends DevicePagesTest {
    @Override
    MmuKind mmu() {
      return MmuKind.VTLB;
    }
  }
}
