namespace MLNet.RandomPruning.Fuzz;

/// <summary>What reads files of a kind, and what is expected of what it makes of them.</summary>
internal abstract class FuzzTarget
{
    /// <summary>What it is, in a word.</summary>
    public abstract string Name { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file cannot be used.</exception>
    public abstract object Load(Stream stream);

    /// <summary>What differs between two things that were read, in words; null when they are equal.</summary>
    public abstract string? Difference(object left, object right);

    /// <summary>What is wrong with something that was read, in words; null when nothing is.</summary>
    /// <param name="loaded">What was read.</param>
    /// <param name="use">Whether to use it too, for example for predictions.</param>
    public abstract string? Fault(object loaded, bool use);

    /// <summary>The sound file of something that was read; null when that is not known.</summary>
    public virtual byte[]? FileOf(object loaded) => null;

    /// <summary>Whether an error is one that the reader's documentation promises.</summary>
    public virtual bool IsRefusal(Exception error) => error is InvalidDataException;

    /// <summary>Whether files of this kind have a digest, so that nothing is read as something else unless the digest was made anew.</summary>
    public virtual bool HasDigest => true;
}
