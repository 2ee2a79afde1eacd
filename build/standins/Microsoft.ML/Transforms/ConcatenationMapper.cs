using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A concatenation bound to its input schema.</summary>
internal sealed class ConcatenationMapper : IRowMapper
{
    private readonly ITransformer _transformer;
    private readonly string _output;
    private readonly DataViewSchema.Column[] _sources;
    private readonly VectorDataViewType _type;

    public ConcatenationMapper(ITransformer transformer, DataViewSchema schema, string output, string[] inputs)
    {
        _transformer = transformer;
        _output = output;
        _sources = [.. inputs.Select(name => schema.FindForRole("input", name))];
        _type = OutputType();
    }

    // A single vector column is passed through as it is, with its dimensions and annotations.
    private bool IsIdentity => _sources.Length == 1 && _sources[0].Type is VectorDataViewType;

    public DataViewSchema.DetachedColumn[] GetOutputColumns()
        => [new DataViewSchema.DetachedColumn(_output, _type, IsIdentity ? _sources[0].Annotations : Annotations())];

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
    {
        if (!activeOutput(0))
        {
            return _ => false;
        }
        var needed = _sources.Select(s => s.Index).ToHashSet();
        return needed.Contains;
    }

    public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
    {
        disposer = null;
        if (!activeOutput(0))
        {
            return [null];
        }
        return IsIdentity
            ? [GenericCall.Getter(input, input.Schema[_sources[0].Index])]
            : [GenericCall.Static<Delegate>(typeof(ConcatenationMapper), nameof(MakeGetter), [_type.ItemType.RawType], input, _sources, _output, _type.Size)];
    }

    public ITransformer GetTransformer() => _transformer;

    private VectorDataViewType OutputType()
    {
        if (IsIdentity)
        {
            return (VectorDataViewType)_sources[0].Type;
        }
        DataViewType item = _sources[0].Type.GetItemType();
        int size = 0;
        bool known = true;
        foreach (DataViewSchema.Column source in _sources)
        {
            if (!source.Type.GetItemType().Equals(item))
            {
                throw Contracts.ExceptSchemaMismatch("inputSchema", "input", source.Name, $"the item type of column '{_sources[0].Name}', {item}", source.Type.ToString());
            }
            int count = source.Type.GetValueCount();
            known &= count > 0;
            size = checked(size + count);
        }
        return item is PrimitiveDataViewType primitive
            ? new VectorDataViewType(primitive, known ? size : 0)
            : throw Contracts.ExceptSchemaMismatch("inputSchema", "input", _sources[0].Name, "a vector or scalar of a primitive type", item.ToString());
    }

    private DataViewSchema.Annotations Annotations()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (_type.IsKnownSize && _sources.Any(s => s.Type is not VectorDataViewType || s.HasSlotNames()))
        {
            VBuffer<ReadOnlyMemory<char>> names = SlotNames();
            builder.AddSlotNames(_type.Size, (ref VBuffer<ReadOnlyMemory<char>> destination) => names.CopyTo(ref destination));
        }
        if (_sources.All(s => s.IsNormalized()))
        {
            builder.AddPrimitiveValue(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, true);
        }
        return builder.ToAnnotations();
    }

    // A scalar gives its slot its column's name; a vector puts its column's name before the names that its slots have.
    private VBuffer<ReadOnlyMemory<char>> SlotNames()
    {
        var names = new ReadOnlyMemory<char>[_type.Size];
        int at = 0;
        foreach (DataViewSchema.Column source in _sources)
        {
            if (source.Type is not VectorDataViewType vector)
            {
                names[at++] = source.Name.AsMemory();
                continue;
            }
            if (source.HasSlotNames())
            {
                VBuffer<ReadOnlyMemory<char>> slots = default;
                source.GetSlotNames(ref slots);
                foreach ((int index, ReadOnlyMemory<char> slot) in slots.Items())
                {
                    if (!slot.IsEmpty)
                    {
                        names[at + index] = $"{source.Name}.{slot}".AsMemory();
                    }
                }
            }
            at += vector.Size;
        }
        return new VBuffer<ReadOnlyMemory<char>>(names.Length, names);
    }

    private static ValueGetter<VBuffer<T>> MakeGetter<T>(DataViewRow input, DataViewSchema.Column[] sources, string output, int size)
    {
        var scalars = new ValueGetter<T>[sources.Length];
        var vectors = new ValueGetter<VBuffer<T>>[sources.Length];
        for (int i = 0; i < sources.Length; i++)
        {
            DataViewSchema.Column column = input.Schema[sources[i].Index];
            if (column.Type is VectorDataViewType)
            {
                vectors[i] = input.GetGetter<VBuffer<T>>(column);
            }
            else
            {
                scalars[i] = input.GetGetter<T>(column);
            }
        }

        var parts = new VBuffer<T>[sources.Length];
        return (ref VBuffer<T> destination) =>
        {
            int length = 0;
            int count = 0;
            for (int i = 0; i < parts.Length; i++)
            {
                int slots = 1;
                int values = 1;
                if (vectors[i] != null)
                {
                    vectors[i](ref parts[i]);
                    slots = parts[i].Length;
                    values = parts[i].GetValues().Length;
                    int expected = sources[i].Type.GetVectorSize();
                    if (expected > 0 && expected != slots)
                    {
                        throw new InvalidOperationException($"Row {input.Position}: column '{sources[i].Name}' has {slots} slots where {expected} were expected, in the concatenation '{output}'.");
                    }
                }
                length = checked(length + slots);
                count += values;
            }
            // Above half the slots, a dense vector is both smaller and faster.
            if (count > length / 2)
            {
                FillDense(ref destination, length, parts, scalars);
            }
            else
            {
                FillSparse(ref destination, length, count, parts, scalars);
            }
        };
    }

    private static void FillDense<T>(ref VBuffer<T> destination, int length, VBuffer<T>[] parts, ValueGetter<T>[] scalars)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, length);
        int at = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            if (scalars[i] != null)
            {
                scalars[i](ref editor.Values[at++]);
                continue;
            }
            parts[i].CopyTo(editor.Values.Slice(at, parts[i].Length));
            at += parts[i].Length;
        }
        destination = editor.Commit();
    }

    private static void FillSparse<T>(ref VBuffer<T> destination, int length, int count, VBuffer<T>[] parts, ValueGetter<T>[] scalars)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, length, count);
        int at = 0;
        int slot = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            if (scalars[i] != null)
            {
                scalars[i](ref editor.Values[at]);
                editor.Indices[at++] = slot++;
                continue;
            }
            ReadOnlySpan<T> values = parts[i].GetValues();
            values.CopyTo(editor.Values[at..]);
            bool dense = parts[i].IsDense;
            ReadOnlySpan<int> indices = parts[i].GetIndices();
            for (int k = 0; k < values.Length; k++)
            {
                editor.Indices[at + k] = slot + (dense ? k : indices[k]);
            }
            at += values.Length;
            slot += parts[i].Length;
        }
        destination = editor.Commit();
    }
}
