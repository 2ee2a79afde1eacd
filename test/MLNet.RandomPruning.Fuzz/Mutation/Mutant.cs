using MLNet.RandomPruning.Fuzz.Corpus;

namespace MLNet.RandomPruning.Fuzz.Mutation;

/// <summary>A mutated file.</summary>
/// <param name="File">Its bytes.</param>
/// <param name="Parents">The files that it was made of; it is read as the first one is.</param>
/// <param name="IsSigned">Whether its digest was made anew, so that it may be read as something else than its parents are.</param>
/// <param name="Description">How it was made.</param>
internal sealed record Mutant(byte[] File, IReadOnlyList<Seed> Parents, bool IsSigned, string Description);
