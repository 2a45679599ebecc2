package atoll.engine.mmu;

import atoll.engine.MmuKind;
import atoll.memory.GuestMemory;
import java.util.Optional;

/** What the MMUs of one machine's harts share: memory, decoded code, and the machine's tables. */
public final class MachineMmu implements AutoCloseable {
  private final GuestMemory memory;
  private final MmuKind kind;
  private final CodeCache code;
  private final Optional<SecondStageTables> secondStage;
  private final Optional<TableWatch> watch;
  private final Optional<ValidatedTables> direct;

  /**
   * For harts whose addresses are translated as {@code kind} says; the map of {@code memory} is
   * sealed.
   *
   * @throws TableMemoryException if that needs more machine memory than there is
   */
  public MachineMmu(GuestMemory memory, MmuKind kind, MmuClients harts) {
    this.memory = memory;
    this.kind = kind;
    secondStage =
        kind == MmuKind.NESTED ? Optional.of(new SecondStageTables(memory)) : Optional.empty();
    code = new CodeCache(memory);
    code.attach(harts);
    watch = kind == MmuKind.SHADOW ? Optional.of(new TableWatch(memory)) : Optional.empty();
    watch.ifPresent(code::attach);
    direct =
        kind == MmuKind.DIRECT
            ? Optional.of(new ValidatedTables(memory, code, harts))
            : Optional.empty();
    direct.ifPresent(code::attach);
    memory.listener(code);
  }

  public GuestMemory memory() {
    return memory;
  }

  MmuKind kind() {
    return kind;
  }

  public CodeCache code() {
    return code;
  }

  Optional<SecondStageTables> secondStage() {
    return secondStage;
  }

  Optional<TableWatch> watch() {
    return watch;
  }

  public Optional<ValidatedTables> direct() {
    return direct;
  }

  /** Bytes of the tables. */
  public long tableBytes() {
    return secondStage.map(SecondStageTables::bytes).orElse(0L);
  }

  @Override
  public void close() {
    secondStage.ifPresent(SecondStageTables::close);
  }
}
