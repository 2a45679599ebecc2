package atoll.tests;

import atoll.engine.MmuKind;
import org.junit.jupiter.api.Nested;

/** What physical memory protection demands beside registered page tables. */
class DirectRightsTest {
  @Nested
  class CodeReads extends CodeReadProtectionTest {
    @Override
    MmuKind mmu() {
      return MmuKind.DIRECT;
    }
  }

  @Nested
  class WalkRights extends WalkRightsTest {
    @Override
    MmuKind mmu() {
      return MmuKind.DIRECT;
    }
  }
}
