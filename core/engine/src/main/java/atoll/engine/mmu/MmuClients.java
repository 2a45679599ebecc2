package atoll.engine.mmu;

import atoll.engine.decode.CodePage;
import atoll.engine.decode.Invalidation;
import atoll.host.Clock;
import atoll.memory.PageGuards;

/** The harts of one machine, as the memory that they share knows them. */
public interface MmuClients extends PageGuards.Writers {
  /** The machine's clock. */
  Clock clock();

  /** How many they are. */
  int count();

  /** The hart of that number. */
  MmuClient client(int id);

  /**
   * Makes all harts forget what they have translated of a page: the caller, if it is a hart, at
   * once, others before they next look at requests, and so before a {@code fence.i} of theirs ends.
   */
  void dropTranslations(CodePage page, int caller, Invalidation cause);

  /** The same for what they have translated of the {@code size} bytes at {@code offset} in it. */
  void dropStored(CodePage page, int offset, int size, int caller);
}
