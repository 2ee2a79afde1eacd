namespace MLNet.RandomPruning.Evaluation;

/// <summary>A row of scores, or its label, that nothing can be measured on.</summary>
public sealed class ScoreRowException : ArgumentException
{
    internal ScoreRowException(long row, string problem) : base($"Row {row} (counted from 0): {problem}")
    {
        Row = row;
        Problem = problem;
    }

    /// <summary>The row, counted from 0 in the order in which the rows were given.</summary>
    public long Row { get; }

    /// <summary>What is wrong with the row and what to do, without the row's number, for callers who count rows otherwise.</summary>
    public string Problem { get; }
}
