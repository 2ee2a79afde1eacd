using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Writes the value of one column into objects of a row class. Has no state of a row, so cursors share it.</summary>
internal abstract class RowWriter<TRow>
    where TRow : class
{
    /// <summary>Copies the value of <paramref name="column"/> at the current row of <paramref name="source"/>; each writer keeps buffers of its own.</summary>
    public abstract Action<TRow> MakeSetter(DataViewRow source, DataViewSchema.Column column);

    public static RowWriter<TRow> Create(RowColumn column)
    {
        Type type = column.MemberType;
        Type itemType = RowMember.VectorItemType(type);
        Type writer = type == typeof(string) ? typeof(Text)
            : type == typeof(string[]) ? typeof(TextArray)
            : itemType == null ? Close(typeof(Plain<object>), type)
            : type.IsArray ? Close(typeof(Items<object>), itemType)
            : Close(typeof(Vector<object>), itemType);
        return (RowWriter<TRow>)Activator.CreateInstance(writer, column.Member);
    }

    /// <summary>A nested class takes the type parameter of the class around it as its first.</summary>
    private static Type Close(Type nested, Type type) => nested.GetGenericTypeDefinition().MakeGenericType(typeof(TRow), type);

    private sealed class Plain<T> : RowWriter<TRow>
    {
        private readonly Action<TRow, T> _set;

        public Plain(MemberInfo member)
        {
            _set = RowMember.Setter<TRow, T>(member);
        }

        public override Action<TRow> MakeSetter(DataViewRow source, DataViewSchema.Column column)
        {
            ValueGetter<T> getter = source.GetGetter<T>(column);

            // One variable for all rows, so that a getter of images disposes of the image of the row before.
            T value = default;
            return row =>
            {
                getter(ref value);
                _set(row, value);
            };
        }
    }

    private sealed class Text : RowWriter<TRow>
    {
        private readonly Action<TRow, string> _set;

        public Text(MemberInfo member)
        {
            _set = RowMember.Setter<TRow, string>(member);
        }

        public override Action<TRow> MakeSetter(DataViewRow source, DataViewSchema.Column column)
        {
            ValueGetter<ReadOnlyMemory<char>> getter = source.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> value = default;
            return row =>
            {
                getter(ref value);
                _set(row, value.ToString());
            };
        }
    }

    private sealed class TextArray : RowWriter<TRow>
    {
        private readonly Action<TRow, string[]> _set;

        public TextArray(MemberInfo member)
        {
            _set = RowMember.Setter<TRow, string[]>(member);
        }

        public override Action<TRow> MakeSetter(DataViewRow source, DataViewSchema.Column column)
        {
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = source.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
            VBuffer<ReadOnlyMemory<char>> value = default;
            return row =>
            {
                getter(ref value);
                _set(row, value.DenseValues().Select(text => text.ToString()).ToArray());
            };
        }
    }

    private sealed class Items<T> : RowWriter<TRow>
    {
        private readonly Func<TRow, T[]> _get;
        private readonly Action<TRow, T[]> _set;

        public Items(MemberInfo member)
        {
            _get = member is PropertyInfo { CanRead: false } ? _ => null : RowMember.Getter<TRow, T[]>(member);
            _set = RowMember.Setter<TRow, T[]>(member);
        }

        public override Action<TRow> MakeSetter(DataViewRow source, DataViewSchema.Column column)
        {
            ValueGetter<VBuffer<T>> getter = source.GetGetter<VBuffer<T>>(column);
            VBuffer<T> value = default;
            return row =>
            {
                getter(ref value);
                T[] items = _get(row);
                if (items == null && value.Length == 0)
                {
                    return;
                }

                if (items == null || items.Length != value.Length)
                {
                    items = value.Length == 0 ? Array.Empty<T>() : new T[value.Length];
                }

                value.CopyTo(items);
                _set(row, items);
            };
        }
    }

    private sealed class Vector<T> : RowWriter<TRow>
    {
        private readonly Func<TRow, VBuffer<T>> _get;
        private readonly Action<TRow, VBuffer<T>> _set;

        public Vector(MemberInfo member)
        {
            _get = member is PropertyInfo { CanRead: false } ? _ => default : RowMember.Getter<TRow, VBuffer<T>>(member);
            _set = RowMember.Setter<TRow, VBuffer<T>>(member);
        }

        public override Action<TRow> MakeSetter(DataViewRow source, DataViewSchema.Column column)
        {
            ValueGetter<VBuffer<T>> getter = source.GetGetter<VBuffer<T>>(column);
            return row =>
            {
                VBuffer<T> value = _get(row);
                getter(ref value);
                _set(row, value);
            };
        }
    }
}
