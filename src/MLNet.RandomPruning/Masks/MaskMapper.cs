using Microsoft.ML;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Masks;

/// <summary>Rows with a mask column: each holds the network's name, and nothing is computed for it.</summary>
internal sealed class MaskMapper(DataViewSchema input, string columnName, byte[] masks, string networkName)
    : ColumnAddingMapper(input, MaskColumn.Add(input, columnName, masks))
{
    private readonly ReadOnlyMemory<char> _value = networkName.AsMemory();

    protected override IEnumerable<DataViewSchema.Column> Sources => [];

    protected override Delegate AddedGetter(DataViewRow row, DataViewSchema.Column column) =>
        (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = _value);
}
