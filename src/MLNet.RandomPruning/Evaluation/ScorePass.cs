using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>Reads scored data once, for all metrics that are made of it: reading is what makes a model score.</summary>
internal static class ScorePass
{
    /// <summary>Reads all rows, in their order.</summary>
    /// <param name="environment">Takes the warning that rows without a label were left out.</param>
    /// <param name="data">The scored data.</param>
    /// <param name="what">What the data is, for messages.</param>
    /// <param name="label">The true labels; null where they are not wanted.</param>
    /// <param name="sinks">What takes the rows, at least one.</param>
    /// <param name="cancellationToken">Heard between rows.</param>
    /// <exception cref="InvalidDataException">There are no rows, or one has scores or a label that nothing can be measured on; the message names it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Run(
        IHostEnvironment environment, IDataView data, string what, TrueLabelColumn? label, IReadOnlyList<ScoreSink> sinks, CancellationToken cancellationToken)
    {
        var columns = sinks.Select(sink => sink.Column).DistinctBy(column => column.Column.Index).ToArray();
        var active = columns.Select(column => column.Column);
        using var cursor = data.GetRowCursor(label is null ? active : active.Append(label.Column));
        var readers = columns.Select(column => column.Open(cursor)).ToArray();
        var takers = columns.Select(column => sinks.Where(sink => sink.Column.Column.Index == column.Column.Index).ToArray()).ToArray();
        var readLabel = label?.Open(cursor);
        long rows = 0, unlabelled = 0;
        while (cursor.MoveNextOrExplain())
        {
            cancellationToken.ThrowIfCancellationRequested();
            int truth = readLabel?.Invoke() ?? -1;
            if (readLabel is not null && truth < 0)
            {
                unlabelled++;
                continue;
            }

            rows++;
            for (int index = 0; index < readers.Length; index++)
            {
                Give(readers[index], takers[index], truth);
            }
        }

        Report(environment, what, label, rows, unlabelled);
    }

    private static void Give(ScoreColumn.DenseReader reader, ScoreSink[] sinks, int truth)
    {
        var scores = reader.Read();
        try
        {
            foreach (var sink in sinks)
            {
                sink.Add(scores, truth);
            }
        }
        catch (ScoreRowException e)
        {
            throw reader.Bad(e.Problem, e);
        }
    }

    private static void Report(IHostEnvironment environment, string what, TrueLabelColumn? label, long rows, long unlabelled)
    {
        if (rows == 0)
        {
            throw new InvalidDataException(unlabelled == 0 ? $"{what} has no rows." : $"{what} has {unlabelled} rows, but none has a label in column '{label!.Column.Name}'.");
        }

        if (unlabelled > 0)
        {
            using var channel = environment.Register("Evaluation").Start("Evaluation");
            channel.Warning(MessageSensitivity.None, $"{unlabelled} of {rows + unlabelled} rows have no label in column '{label!.Column.Name}' and are left out.");
        }
    }
}
