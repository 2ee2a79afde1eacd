using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>The values that keys stand for: the first is key 1, and 0 is a value that is missing or was not seen.</summary>
internal abstract class TermMap
{
    private protected TermMap(PrimitiveDataViewType itemType, int count)
    {
        ItemType = itemType;
        Count = count;
    }

    /// <summary>The type of the values.</summary>
    public PrimitiveDataViewType ItemType { get; }

    public int Count { get; }

    /// <summary>The type of the keys. A key type has at least one key, so a map that learnt no value has one that never occurs.</summary>
    public KeyDataViewType KeyType => new(typeof(uint), Math.Max(1, Count));

    /// <summary>The getter of the keys of a column of <see cref="ItemType"/> or of vectors of it.</summary>
    public abstract Delegate MakeGetter(DataViewRow input, DataViewSchema.Column source);

    /// <summary>Adds the key values, as text where asked for.</summary>
    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column source, bool asText);

    public void Save(BinaryWriter writer)
    {
        DataViewTypeCodec.Write(writer, ItemType);
        writer.Write(Count);
        WriteTerms(writer);
    }

    public static TermMap Load(BinaryReader reader)
    {
        if (DataViewTypeCodec.Read(reader) is not PrimitiveDataViewType type)
        {
            throw new FormatException("The model is corrupt: the values of a key are not of a scalar type.");
        }
        int count = ValueCodec.ReadCount(reader, "key values");
        return GenericCall.Static<TermMap>(typeof(TermMap), nameof(ReadTerms), [type.RawType], reader, type, count);
    }

    private protected abstract void WriteTerms(BinaryWriter writer);

    private static TermMap ReadTerms<T>(BinaryReader reader, PrimitiveDataViewType type, int count)
    {
        ValueCodec<T> codec = ValueCodec<T>.Scalar();
        var builder = new TermMapBuilder<T>(type, count, sort: false);
        for (int i = 0; i < count; i++)
        {
            builder.Add(codec.Read(reader));
        }
        TermMap map = builder.ToMap();
        return map.Count == count ? map : throw new FormatException("The model is corrupt: a key stands for a missing value, or two for one value.");
    }
}

/// <summary>A term map of values of one raw type. It is read by any number of threads.</summary>
internal sealed class TermMap<T> : TermMap
{
    private readonly T[] _terms;
    private readonly Dictionary<T, uint> _keys;

    public TermMap(PrimitiveDataViewType itemType, T[] terms, Dictionary<T, uint> keys)
        : base(itemType, terms.Length)
    {
        _terms = terms;
        _keys = keys;
    }

    public override Delegate MakeGetter(DataViewRow input, DataViewSchema.Column source)
        => source.Type is VectorDataViewType ? VectorGetter(input.GetGetter<VBuffer<T>>(source)) : ScalarGetter(input.GetGetter<T>(source));

    public override void AddKeyValues(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column source, bool asText)
    {
        if (Count == 0)
        {
            return;
        }
        // The keys of a key column stand for what its own keys stand for.
        if (ItemType is KeyDataViewType key
            && source.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues) is { Type: VectorDataViewType values } annotation
            && (ulong)values.Size == key.Count && ValueCodec.ScalarOrNull(values.ItemType.RawType) != null)
        {
            GenericCall.Static<object>(typeof(TermMap<T>), nameof(AddMapped), [values.ItemType.RawType], builder, source.Annotations, annotation, _terms, asText);
            return;
        }
        AddValues(builder, ItemType, _terms, asText);
    }

    private protected override void WriteTerms(BinaryWriter writer)
    {
        ValueCodec<T> codec = ValueCodec<T>.Scalar();
        foreach (ref readonly T term in _terms.AsSpan())
        {
            codec.Write(writer, in term);
        }
    }

    private static object AddMapped<TValue>(DataViewSchema.Annotations.Builder builder, DataViewSchema.Annotations annotations,
        DataViewSchema.Column annotation, T[] terms, bool asText)
    {
        VBuffer<TValue> values = default;
        annotations.GetGetter<VBuffer<TValue>>(annotation)(ref values);
        TValue[] dense = [.. values.DenseValues()];
        TValue[] mapped = Array.ConvertAll(terms, term => dense[Convert.ToUInt64(term) - 1]);
        AddValues(builder, ((VectorDataViewType)annotation.Type).ItemType, mapped, asText);
        return null;
    }

    private static void AddValues<TValue>(DataViewSchema.Annotations.Builder builder, PrimitiveDataViewType type, TValue[] values, bool asText)
    {
        if (asText && type is not TextDataViewType)
        {
            AddValues(builder, TextDataViewType.Instance, Array.ConvertAll(values, v => AnnotationText.Of(v).AsMemory()), asText);
            return;
        }
        builder.AddKeyValues(values.Length, type, (ref VBuffer<TValue> destination) =>
        {
            VBufferEditor<TValue> editor = VBufferEditor.Create(ref destination, values.Length);
            values.CopyTo(editor.Values);
            destination = editor.Commit();
        });
    }

    private uint Find(in T value) => _keys.GetValueOrDefault(value);

    private ValueGetter<uint> ScalarGetter(ValueGetter<T> getter)
    {
        T value = default;
        return (ref uint key) =>
        {
            getter(ref value);
            key = Find(in value);
        };
    }

    private ValueGetter<VBuffer<uint>> VectorGetter(ValueGetter<VBuffer<T>> getter)
    {
        VBuffer<T> value = default;
        uint keyOfDefault = Find(default);
        return (ref VBuffer<uint> keys) =>
        {
            getter(ref value);
            ReadOnlySpan<T> values = value.GetValues();
            bool staysSparse = !value.IsDense && keyOfDefault == 0;
            VBufferEditor<uint> editor = VBufferEditor.Create(ref keys, value.Length, staysSparse ? values.Length : value.Length);
            if (staysSparse || value.IsDense)
            {
                for (int i = 0; i < values.Length; i++)
                {
                    editor.Values[i] = Find(in values[i]);
                }
                if (staysSparse)
                {
                    value.GetIndices().CopyTo(editor.Indices);
                }
            }
            else
            {
                editor.Values.Fill(keyOfDefault);
                ReadOnlySpan<int> indices = value.GetIndices();
                for (int i = 0; i < values.Length; i++)
                {
                    editor.Values[indices[i]] = Find(in values[i]);
                }
            }
            keys = editor.Commit();
        };
    }
}
