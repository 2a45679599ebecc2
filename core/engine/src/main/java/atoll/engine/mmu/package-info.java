/**
 * From virtual addresses to places in this process: TLBs, walks, the techniques, the tables that
 * they keep, and which pages of RAM hold code. Knows a hart as {@link atoll.engine.mmu.MmuClient}
 * only.
 */
package atoll.engine.mmu;
