using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;

namespace MLNet.RandomPruning.Scoring;

/// <summary>
/// Looks after the true labels when they are read together with the scores, which is what evaluation does: a key that stands
/// for other classes than in training would be counted as if it were the same, and give a wrong accuracy without a word.
/// </summary>
internal sealed class EvaluationLabelCheck
{
    private readonly IHost _host;
    private readonly DataViewRow _row;
    private readonly DataViewSchema.Column _column;
    private readonly ClassLabels _trained;
    private readonly ClassLabels _given;
    private readonly Func<long> _read;
    private bool _warned;

    private EvaluationLabelCheck(IHost host, DataViewRow row, DataViewSchema.Column column, ClassLabels trained, ClassLabels given)
    {
        _host = host;
        _row = row;
        _column = column;
        _trained = trained;
        _given = given;
        _read = LabelColumn.Reader(row, column);
    }

    /// <summary>Opens the label of a cursor; null when it is no key and so cannot be compared.</summary>
    /// <exception cref="InvalidOperationException">The key stands for other classes than in training.</exception>
    public static EvaluationLabelCheck? TryOpen(IHost host, DataViewRow row, DataViewSchema.Column column, ClassLabels trained)
    {
        if (column.Type is not KeyDataViewType { Count: > 0 and <= int.MaxValue } key)
        {
            return null;
        }

        var given = ClassLabels.Of(column, (int)key.Count);
        return given.FirstDifference(trained) is { } label
            ? throw new InvalidOperationException(
                $"Column '{column.Name}' is a key whose value {label + 1} stands for '{given.Names[label]}', but in training it stood for '{trained.Names[label]}'. Map the labels with the MapValueToKey that was fitted to the training data, for example by making it part of the pipeline; or drop the column, if only scores are wanted.")
            : new EvaluationLabelCheck(host, row, column, trained, given);
    }

    /// <summary>Checks the current row.</summary>
    /// <exception cref="InvalidDataException">The label is none of the classes of the training.</exception>
    public void Check()
    {
        long label = _read();
        if (label >= _trained.Count)
        {
            string name = label < _given.Count && _given.HasValues ? $"'{_given.Names[(int)label]}'" : $"key {label + 1}";
            throw new InvalidDataException(
                $"Row {_row.Position} (counted from 0): the label in column '{_column.Name}' is {name}, which was not seen in training. The model knows {Known()}.");
        }

        if (label < 0 && !_warned)
        {
            _warned = true;
            using var channel = _host.Start("Scoring");
            channel.Warning(
                MessageSensitivity.UserData,
                $"Row {_row.Position} (counted from 0): the label in column '{_column.Name}' is missing, or was not seen in training. Evaluation leaves such rows out. The model knows {Known()}.");
        }
    }

    private string Known()
    {
        const int Shown = 20;
        return string.Join(", ", _trained.Names.Take(Shown).Select(name => $"'{name}'")) + (_trained.Count > Shown ? $" and {_trained.Count - Shown} more" : "");
    }
}
