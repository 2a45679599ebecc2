package atoll.tests;

import atoll.engine.MmuKind;
import org.junit.jupiter.api.Nested;

/** What the architecture demands of translation, through shadows of the guest's tables. */
class ShadowMmuTest {
  @Nested
  class Paging extends PagingTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class Fences extends AddressFenceTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class Mprv extends MprvTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class Pmp extends PmpTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class Atomics extends AtomicTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class LoadsAndStores extends LoadStoreTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class CacheBlocks extends CacheBlockTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class Traps extends TrapTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class TwoStages extends TwoStageTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class GuestAccesses extends GuestAccessTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class PageCrossings extends PageCrossingTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class CodeReads extends CodeReadProtectionTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class PhysicalRights extends PhysicalRightsTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class WalkRights extends WalkRightsTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class DirtyPages extends DirtyHartTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class MapChanges extends MapChangeTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }

  @Nested
  class DevicePages extends DevicePagesTest {
    @Override
    MmuKind mmu() {
      return MmuKind.SHADOW;
    }
  }
}
