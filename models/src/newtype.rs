//! What every generated type of a kind has, so that generated code says it in one line.
//!
//! The macros are for generated code: they expect the tuple struct or enum that is named to stand
//! beside their call, with a [`Constrained`](crate::validation::Constrained) table. They name
//! everything by absolute paths, since a document may call a type `String` or `Result`.
//!
//! | macro | for | beyond `new`, `into_inner` and `TryFrom` |
//! |---|---|---|
//! | [`constrained_text!`](crate::constrained_text) | `Name(String)` | `as_str`, `Deref`, `FromStr`, `Display`, `AsRef` |
//! | [`constrained_secret!`](crate::constrained_secret) | `Name(String)` | `expose`, `FromStr`, a `Debug` that shows nothing |
//! | [`constrained_scalar!`](crate::constrained_scalar) | `Name(i64)` | `get`, `Display`, `FromStr` |
//! | [`constrained_list!`](crate::constrained_list) | `Name(Vec<Item>)` | `Deref`, `IntoIterator` |
//! | [`constrained_map!`](crate::constrained_map) | `Name(BTreeMap<String, Value>)` | `Deref` |
//! | [`constrained_value!`](crate::constrained_value) | `Name(Inner)` | `Deref` |
//! | [`text_enum!`](crate::text_enum) | `enum Name` | instead: `ALL`, `as_str`, `FromStr`, `Display`, `AsRef` |

/// Text that keeps its constraints: `constrained_text!(Uid);` beside `pub struct Uid(String);`.
#[macro_export]
macro_rules! constrained_text {
    ($name:ident) => {
        $crate::__constructor!($name, ::std::string::String);
        $crate::__checked_from_str!($name);
        $crate::__text_conversions!($name);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }
    };
}

/// Text that keeps its constraints and that no log may show: `constrained_secret!(Pin);` beside
/// `pub struct Pin(String);`, which must not derive `Debug`.
#[macro_export]
macro_rules! constrained_secret {
    ($name:ident) => {
        $crate::__constructor!($name, ::std::string::String);
        $crate::__checked_from_str!($name);

        impl $name {
            /// The text itself; the name makes places that may leak it easy to find.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(::std::concat!(::std::stringify!($name), "(***)"))
            }
        }
    };
}

/// A number or boolean that keeps its constraints: `constrained_scalar!(Limit(i64));` beside
/// `pub struct Limit(i64);`, which must derive `Copy`.
#[macro_export]
macro_rules! constrained_scalar {
    ($name:ident($inner:ty)) => {
        $crate::__constructor!($name, $inner);

        impl $name {
            /// The value itself.
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::validation::Invalid;

            fn from_str(text: &str) -> ::std::result::Result<Self, $crate::validation::Invalid> {
                $crate::validation::decode_parameter(&[text]).map_err($crate::validation::Invalid)
            }
        }
    };
}

/// A list that keeps its constraints: `constrained_list!(Tags(Tag));` beside
/// `pub struct Tags(Vec<Tag>);`.
#[macro_export]
macro_rules! constrained_list {
    ($name:ident($item:ty)) => {
        $crate::__constructor!($name, ::std::vec::Vec<$item>);

        impl ::std::ops::Deref for $name {
            type Target = [$item];

            fn deref(&self) -> &[$item] {
                &self.0
            }
        }

        impl ::std::iter::IntoIterator for $name {
            type Item = $item;
            type IntoIter = <::std::vec::Vec<$item> as ::std::iter::IntoIterator>::IntoIter;

            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }
    };
}

/// A map that keeps its constraints: `constrained_map!(Labels(Label));` beside
/// `pub struct Labels(BTreeMap<String, Label>);`.
#[macro_export]
macro_rules! constrained_map {
    ($name:ident($value:ty)) => {
        $crate::constrained_value!(
            $name(::std::collections::BTreeMap<::std::string::String, $value>)
        );
    };
}

/// Any other value that keeps its constraints: `constrained_value!(Odd(serde_json::Value));`
/// beside `pub struct Odd(serde_json::Value);`.
#[macro_export]
macro_rules! constrained_value {
    ($name:ident($inner:ty)) => {
        $crate::__constructor!($name, $inner);

        impl ::std::ops::Deref for $name {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                &self.0
            }
        }
    };
}

/// A choice of texts: `text_enum!(Size, Small = "small", Large = "large");` beside
/// `pub enum Size { Small, Large }`, which must derive `Copy`.
#[macro_export]
macro_rules! text_enum {
    ($name:ident, $($variant:ident = $text:literal),+) => {
        impl $name {
            /// Every value, in the document's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As on the wire.
            pub const fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::validation::Invalid;

            fn from_str(
                text: &str,
            ) -> ::std::result::Result<Self, $crate::validation::Invalid> {
                match text {
                    $($text => ::std::result::Result::Ok(Self::$variant),)+
                    _ => {
                        $crate::validation::check(
                            <Self as $crate::validation::Constrained>::schema(),
                            text,
                        )?;
                        ::std::result::Result::Err($crate::validation::Invalid::whole(
                            "is not a value of the choice",
                        ))
                    }
                }
            }
        }

        $crate::__text_conversions!($name);
    };
}

/// The only way to make a newtype, and the way back.
#[doc(hidden)]
#[macro_export]
macro_rules! __constructor {
    ($name:ident, $inner:ty) => {
        impl $name {
            /// Checks a value.
            ///
            /// # Errors
            /// Every constraint it breaks.
            pub fn new(
                value: impl ::std::convert::Into<$inner>,
            ) -> ::std::result::Result<Self, $crate::validation::Invalid> {
                let value = value.into();
                $crate::validation::check(
                    <Self as $crate::validation::Constrained>::schema(),
                    &value,
                )?;
                ::std::result::Result::Ok(Self(value))
            }

            /// What is inside.
            pub fn into_inner(self) -> $inner {
                self.0
            }
        }

        impl ::std::convert::TryFrom<$inner> for $name {
            type Error = $crate::validation::Invalid;

            fn try_from(value: $inner) -> ::std::result::Result<Self, $crate::validation::Invalid> {
                Self::new(value)
            }
        }

        impl ::std::convert::From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

/// `FromStr` of a newtype around text.
#[doc(hidden)]
#[macro_export]
macro_rules! __checked_from_str {
    ($name:ident) => {
        impl ::std::str::FromStr for $name {
            type Err = $crate::validation::Invalid;

            fn from_str(text: &str) -> ::std::result::Result<Self, $crate::validation::Invalid> {
                Self::new(text)
            }
        }
    };
}

/// What every type has that is text on the wire and has `as_str` and `FromStr`.
#[doc(hidden)]
#[macro_export]
macro_rules! __text_conversions {
    ($name:ident) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::convert::TryFrom<&str> for $name {
            type Error = $crate::validation::Invalid;

            fn try_from(text: &str) -> ::std::result::Result<Self, $crate::validation::Invalid> {
                text.parse()
            }
        }
    };
}

#[cfg(test)]
#[allow(unreachable_pub, dead_code, reason = "the macros make what types of a library need")]
mod tests {
    use serde::{Deserialize, Serialize};

    use crate::validation::{Constrained, Schema};

    #[derive(Debug, PartialEq, Serialize)]
    struct Word(String);
    crate::constrained_text!(Word);

    #[derive(Serialize)]
    struct Pin(String);
    crate::constrained_secret!(Pin);

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    struct Limit(i64);
    crate::constrained_scalar!(Limit(i64));

    #[derive(Debug, Serialize)]
    struct Words(Vec<Word>);
    crate::constrained_list!(Words(Word));

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Size {
        Small,
        Large,
    }
    crate::text_enum!(Size, Small = "small", Large = "large");

    macro_rules! tables {
        ($($name:ident: $schema:expr;)*) => {
            $(impl Constrained for $name {
                fn schema() -> &'static Schema {
                    static SCHEMA: Schema = $schema;
                    &SCHEMA
                }
            })*
        };
    }

    tables! {
        Word: Schema::text().max(3);
        Pin: Schema::text().min(4);
        Limit: Schema::integer().at_least(1).at_most(9);
        Words: Schema::list(Word::schema).max(1);
        Size: Schema::text();
    }

    #[test]
    fn every_way_to_make_a_value_checks_it() {
        let refused = "value is longer than 3 characters";
        assert_eq!(Word::new("abcd").unwrap_err().to_string(), refused);
        assert_eq!(Word::try_from("abcd".to_owned()).unwrap_err().to_string(), refused);
        assert_eq!(Word::try_from("abcd").unwrap_err().to_string(), refused);
        assert_eq!("abcd".parse::<Word>().unwrap_err().to_string(), refused);
        assert_eq!("10".parse::<Limit>().unwrap_err().to_string(), "value is greater than 9");
        assert!("x".parse::<Limit>().is_err() && Limit::try_from(0).is_err());
        assert!("123".parse::<Pin>().is_err());
    }

    #[test]
    fn what_is_inside_comes_out() {
        let word = Word::new("abc").unwrap();
        assert_eq!((word.as_str(), word.as_ref(), word.len()), ("abc", "abc", 3));
        assert_eq!(format!("{word:>4}|{:<3}|", Limit::new(7).unwrap()), " abc|7  |");
        assert_eq!(String::from(word), "abc");
        let words = Words::new([Word::new("a").unwrap()]).unwrap();
        assert_eq!(words.first().map(Word::as_str), Some("a"));
        assert_eq!(words.into_iter().map(Word::into_inner).collect::<String>(), "a");
    }

    #[test]
    fn debug_of_a_secret_shows_its_type_alone() {
        let pin = Pin::new("1234").unwrap();
        assert_eq!((format!("{pin:?}").as_str(), pin.expose()), ("Pin(***)", "1234"));
    }

    #[test]
    fn a_choice_is_found_by_its_text_alone() {
        assert!(Size::ALL.iter().all(|size| size.as_str().parse() == Ok(*size)));
        // Even where the table is wider than the type.
        let refused = "Small".parse::<Size>().unwrap_err().to_string();
        assert_eq!(refused, "value is not a value of the choice");
    }
}
