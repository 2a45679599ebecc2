package atoll.tests;

import atoll.engine.MmuKind;
import org.junit.jupiter.api.Nested;

/**
 * What the architecture demands of translation, through second-stage tables of the hypervisor's.
 */
class NestedMmuTest {
  @Nested
  class Paging extends PagingTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class Fences extends AddressFenceTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class Mprv extends MprvTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class Pmp extends PmpTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class Atomics extends AtomicTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class LoadsAndStores extends LoadStoreTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class CacheBlocks extends CacheBlockTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class Traps extends TrapTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class TwoStages extends TwoStageTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class GuestAccesses extends GuestAccessTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class CodeReads extends CodeReadProtectionTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class PhysicalRights extends PhysicalRightsTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class WalkRights extends WalkRightsTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class DirtyPages extends DirtyHartTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class MapChanges extends MapChangeTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }

  @Nested
  class DevicePages extends DevicePagesTest {
    @Override
    MmuKind mmu() {
      return MmuKind.NESTED;
    }
  }
}
