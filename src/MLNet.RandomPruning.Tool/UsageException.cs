namespace MLNet.RandomPruning.Tool;

/// <summary>The command line asks for what cannot be, which showed only after it was read: options that do not go together, or do not fit the data.</summary>
internal sealed class UsageException(string message) : Exception(message);
